#include "tests/model/world.h"

#include <algorithm>

#include "tests/model/atomic.h"
#include "tests/model/relacy.h"

namespace slicelock::model {

void World::Begin(int threads, const Futex& futex) {
  histories.Clear();
  futex_ = futex;
  now_ = 0;
  timed_out_ = 0;
  at_rest = nullptr;
  at_rest_now = false;
  for (int i = 0; i < kMostThreads; ++i) {
    threads_[i] = Thread();
    threads_[i].finished = i >= threads;
  }
}

void World::End() { histories.EndAll(); }

void World::Finish() {
  Expect(depth() == 0, "a section was not left");
  threads_[Self()].finished = true;
  if (Awake() == 0) PassTime();
}

void World::AddCleanUp(void (*clean_up)()) {
  Expect(clean_up_count_ < kMostCleanUps, "too much to clean up");
  clean_ups_[clean_up_count_++] = clean_up;
}

void World::CleanUp() {
  for (int i = 0; i < clean_up_count_; ++i) clean_ups_[i]();
}

void World::Fail(const char* what) {
  rl::ctx().fail_test(what, rl::test_result_user_assert_failed, RL_INFO);
  __builtin_unreachable();  // Relacy has left the execution.
}

Wakeup World::Park(const void* word, uint32_t expected, uint32_t room,
                   int64_t nanoseconds, bool compare) {
  Expect(depth() == 0, "a waiter sleeps in a section");
  const Wakeup wakeup =
      ParkUntilWoken(word, expected, room, nanoseconds, compare);
  // It took so long that no value is seen again that was known to be old.
  rl::thread_info_base& thread = *rl::ctx().threadx_;
  thread.last_yield_ = thread.own_acq_rel_order_;
  return wakeup;
}

Wakeup World::ParkUntilWoken(const void* word, uint32_t expected, uint32_t room,
                             int64_t nanoseconds, bool compare) {
  rl::context& relacy = rl::ctx();
  // In the kernel a barrier comes before the look at the word, as one does
  // before a waker's look for sleepers; from look to sleep is one step.
  relacy.atomic_thread_fence_seq_cst();
  relacy.disable_preemption();
  const bool as_expected = histories.LoadWord(word) == expected;
  relacy.enable_preemption();
  if (compare && !as_expected) return Wakeup::kEarly;

  const int self = Self();
  Thread& thread = threads_[self];
  thread.sleep = {word, room, now_ + nanoseconds};
  thread.asleep = true;
  if (Awake() == 0) PassTime();
  if (!thread.asleep) return thread.wakeup;

  const rl::unpark_reason reason = relacy.park_current_thread(
      futex_.early_timeouts > 0, futex_.spurious_wakeups > 0, false, RL_INFO);
  if (reason == rl::unpark_reason_normal) return thread.wakeup;
  thread.asleep = false;
  if (reason == rl::unpark_reason_spurious) {
    --futex_.spurious_wakeups;
    return Wakeup::kEarly;
  }
  --futex_.early_timeouts;
  TimeOut(thread.sleep);
  return Wakeup::kTimeout;
}

void World::WakeOne(const void* word, uint32_t room) {
  Expect(depth() == 0, "a wake-up in a section");
  rl::ctx().atomic_thread_fence_seq_cst();
  int sleepers[kMostThreads];
  unsigned count = 0;
  for (int i = 0; i < kMostThreads; ++i) {
    const Thread& thread = threads_[i];
    if (thread.asleep && thread.sleep.word == word &&
        (thread.sleep.room & room) != 0) {
      sleepers[count++] = i;
    }
  }
  // Any of them: the order is that of priorities, too.
  if (count > 0) {
    End(sleepers[count == 1 ? 0 : rl::rand(count)], Wakeup::kWoken);
  }
}

int World::Self() { return static_cast<int>(rl::thread_index()); }

int World::Awake() const {
  return static_cast<int>(
      std::count_if(std::begin(threads_), std::end(threads_),
                    [](const Thread& t) { return !t.finished && !t.asleep; }));
}

int World::Earliest() const {
  int earliest = -1;
  for (int i = 0; i < kMostThreads; ++i) {
    if (threads_[i].asleep &&
        (earliest < 0 ||
         threads_[i].sleep.deadline < threads_[earliest].sleep.deadline)) {
      earliest = i;
    }
  }
  return earliest;
}

void World::PassTime() {
  const int earliest = Earliest();
  if (earliest < 0) return;
  if (at_rest != nullptr) {
    at_rest_now = true;
    at_rest(at_rest_argument);
    at_rest_now = false;
  }
  TimeOut(threads_[earliest].sleep);
  End(earliest, Wakeup::kTimeout);
}

void World::TimeOut(const Sleep& sleep) {
  now_ = std::max(now_, sleep.deadline);
  timed_out_ |= sleep.room;
}

void World::End(int thread, Wakeup wakeup) {
  threads_[thread].asleep = false;
  threads_[thread].wakeup = wakeup;
  if (thread != Self()) rl::ctx().unpark_thread(thread, false, RL_INFO);
}

}  // namespace slicelock::model
