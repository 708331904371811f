// Locks of signal handlers that interrupt the locks of their threads.

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/counters.h"
#include "rseq_abi/cpu_ids.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"
#include "tests/contention.h"
#include "tests/grants.h"

namespace slicelock {
namespace {

using testing::ThreadComplaint;

constexpr int kSignal = SIGUSR1;
constexpr int kWork = 10'000;
constexpr size_t kStackSize = 64 * 1024;

enum class Stack { kNormal, kAlternate };

// What the handlers of all threads count, under locks and without.
struct Counts {
  SpinLock spinlock;
  Mutex mutex;
  volatile int work = 0;
  int64_t under_spinlock = 0;
  int64_t under_mutex = 0;
  std::atomic<int64_t> runs{0};
  std::atomic<int64_t> runs_on_alternate_stack{0};
  std::atomic<int64_t> acquisitions_of_mutex{0};
  std::atomic<int64_t> wrong_answers{0};
} counts;

__thread volatile int runs_in_this_thread;
__thread const char* alternate_stack;

// What handlers may ask for. The thread has locked before.
bool AnswersAreRight() {
  const SliceCounters of_thread = GetThreadSliceCounters();
  const SliceCounters of_process = GetProcessSliceCounters();
  return GetStatus().code() == rseq_abi::current_thread.status &&
         of_thread.failures <= of_process.failures &&
         of_thread.takeovers <= of_process.takeovers && CurrentCpu() >= 0 &&
         CurrentNode() >= 0 && CurrentMmCid().value_or(0) >= 0;
}

void Handle(int) {
  char here = 0;
  const char* const stack = alternate_stack;
  if (stack != nullptr && &here >= stack && &here < stack + kStackSize) {
    ++counts.runs_on_alternate_stack;
  }
  ++counts.runs;
  if (!AnswersAreRight()) ++counts.wrong_answers;
  counts.spinlock.lock();
  // For long enough that handlers wait for each other.
  for (int i = 0; i < kWork; ++i) counts.work = counts.work + 1;
  ++counts.under_spinlock;
  counts.spinlock.unlock();
  if (counts.mutex.try_lock()) {
    ++counts.under_mutex;
    counts.mutex.unlock();
    ++counts.acquisitions_of_mutex;
  }
  runs_in_this_thread = runs_in_this_thread + 1;
}

// Has the calling thread run the handler every `period`, until destroyed.
class Interrupted {
 public:
  Interrupted(Stack stack, std::chrono::microseconds period) {
    GetStatus();  // The handler may not be the first that locks.
    if (stack == Stack::kAlternate) SwitchStack();
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = kSignal;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    timer_create(CLOCK_MONOTONIC, &event, &timer_);
    const std::chrono::nanoseconds nanoseconds = period;
    const timespec interval = {0, static_cast<long>(nanoseconds.count())};
    const itimerspec setting = {interval, interval};
    timer_settime(timer_, 0, &setting, nullptr);
  }

  ~Interrupted() {
    timer_delete(timer_);
    if (alternate_stack == nullptr) return;
    alternate_stack = nullptr;
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }

 private:
  void SwitchStack() {
    stack_.resize(kStackSize);
    alternate_stack = stack_.data();
    stack_t stack = {};
    stack.ss_sp = stack_.data();
    stack.ss_size = kStackSize;
    sigaltstack(&stack, nullptr);
  }

  timer_t timer_{};
  std::vector<char> stack_;
};

class SignalHandlerTest : public ::testing::TestWithParam<Stack> {
 protected:
  SignalHandlerTest() {
    counts.under_spinlock = counts.under_mutex = 0;
    counts.runs = counts.runs_on_alternate_stack = 0;
    counts.acquisitions_of_mutex = counts.wrong_answers = 0;
    struct sigaction action = {};
    action.sa_handler = Handle;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigaction(kSignal, &action, nullptr);
  }

  ~SignalHandlerTest() override {
    EXPECT_GT(counts.runs, 0);
    EXPECT_EQ(counts.wrong_answers, 0);
    EXPECT_EQ(counts.runs_on_alternate_stack,
              GetParam() == Stack::kAlternate ? counts.runs.load() : 0);
    EXPECT_EQ(counts.under_spinlock, counts.runs) << "handlers overlapped";
    EXPECT_EQ(counts.under_mutex, counts.acquisitions_of_mutex)
        << "handlers overlapped";
    EXPECT_GT(counts.under_mutex, 0) << "try_lock() never acquired";
  }
};

INSTANTIATE_TEST_SUITE_P(Stacks, SignalHandlerTest,
                         ::testing::Values(Stack::kNormal, Stack::kAlternate),
                         [](const auto& stack) {
                           return stack.param == Stack::kNormal ? "normal"
                                                                : "alternate";
                         });

template <typename Lock>
void LockWhileInterrupted(Stack stack) {
  constexpr int kTimes = 100;
  Lock lock;
  int wrong_depths = 0;
  {
    const Interrupted interrupted(stack, std::chrono::milliseconds(1));
    for (int i = 0; i < kTimes; ++i) {
      lock.lock();
      const int before = runs_in_this_thread;
      while (runs_in_this_thread == before) {
      }
      if (rseq_abi::current_thread.sections.depth() != 1) ++wrong_depths;
      lock.unlock();
    }
  }
  EXPECT_EQ(wrong_depths, 0) << "of " << kTimes;
  EXPECT_EQ(ThreadComplaint(), "");
}

TEST_P(SignalHandlerTest, LocksInsideASectionOfItsThread) {
  LockWhileInterrupted<SpinLock>(GetParam());
  LockWhileInterrupted<Mutex>(GetParam());
}

// A lock whose users are interrupted all the time, and complain when they exit.
template <typename Lock>
class LockOfInterrupted {
 public:
  explicit LockOfInterrupted(Stack stack) : stack_(stack) {}

  void lock() {
    static thread_local User user(*this);
    lock_.lock();
  }
  void unlock() { lock_.unlock(); }

  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct User {
    explicit User(LockOfInterrupted& used) : lock(used) {
      interrupted.emplace(lock.stack_, std::chrono::milliseconds(1));
    }
    ~User() {
      interrupted.reset();
      const std::string complaint = ThreadComplaint();
      const std::lock_guard<std::mutex> guard(lock.complaints_mutex_);
      if (!complaint.empty()) lock.complaints_.push_back(complaint);
    }
    LockOfInterrupted& lock;
    std::optional<Interrupted> interrupted;
  };

  const Stack stack_;
  Lock lock_;
  std::mutex complaints_mutex_;
  std::vector<std::string> complaints_;
};

template <typename Lock>
void ContendWhileInterrupted(Stack stack) {
  LockOfInterrupted<Lock> lock(stack);
  const auto result =
      testing::Contend(lock, 8, std::chrono::milliseconds(1500));
  EXPECT_GT(result.acquisitions, 0);
  EXPECT_EQ(result.counted, result.acquisitions) << "holders overlapped";
  if (GetStatus().on()) {
    EXPECT_GT(result.grants, 0u);
  }
  EXPECT_EQ(lock.complaints(), std::vector<std::string>());
}

TEST_P(SignalHandlerTest, LocksWhileItsThreadHoldsWaitsOrIsGrantedTime) {
  ContendWhileInterrupted<SpinLock>(GetParam());
  ContendWhileInterrupted<Mutex>(GetParam());
}

}  // namespace
}  // namespace slicelock
