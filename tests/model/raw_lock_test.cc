// The locks' algorithm, as it ships, in every order of events that matters.

#include "locks/raw_lock.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "tests/lock_word.h"
#include "tests/model/platform.h"
#include "tests/model/relacy.h"
#include "tests/model/search.h"

namespace slicelock::model {
namespace {

// Threads acquire a lock so many times each, and change what it guards.
template <typename Fault, int kThreads>
struct Exclusion {
  using Lock = RawLock<ModelPlatform<Fault>>;
  using Word = slicelock::testing::LockWord<Lock>;

  Exclusion() : guarded(0) {
    world.at_rest = [](void* self) { static_cast<Exclusion*>(self)->AtRest(); };
    world.at_rest_argument = this;
  }

  void Run(int /*thread*/) {
    for (int i = 0; i < times; ++i) {
      lock.lock();
      World::Expect(!held, "two hold the lock");
      held = true;
      guarded(RL_INFO).store(guarded(RL_INFO).load() + 1);
      held = false;
      lock.unlock();
    }
  }

  void Check() {
    World::Expect(guarded(RL_INFO).load() == kThreads * times,
                  "an acquisition was lost");
    World::Expect(Word::owner(lock) == Word::kFree, "the lock is not free");
    World::Expect(Word::watch(lock) == Word::kNobody, "a watchman is left");
    World::Expect(Word::sleepers(lock) == 0, "a sleeper is left");
  }

  // Everybody sleeps, so nobody holds the lock: a release has missed who waits.
  // What the word says about them must be so.
  void AtRest() const {
    int64_t watchman = INT64_MAX, sleeper = INT64_MAX;
    world.ForEachSleep([&](const Sleep& sleep) {
      int64_t& who = sleep.room == Word::kWatchman ? watchman : sleeper;
      who = std::min(who, sleep.deadline - world.now());
    });
    World::Expect(std::min(watchman, sleeper) <= Word::kNapLimit,
                  "a wake-up was lost");
    // A sleeper that times out may believe itself forgotten and watch. For a
    // while there can be two watchmen, and the word tells of one.
    if ((world.timed_out() & Word::kSleepers) != 0) return;
    switch (Word::watch(lock)) {
      case Word::kWatching:
        return World::Expect(watchman <= Word::kDoze,
                             "a watchman that is awake sleeps for long");
      case Word::kNapping:
      case Word::kAwaiting:
        return World::Expect(watchman <= Word::kNapLimit,
                             "there is no watchman");
      case Word::kClaiming:
        return World::Fail("a watchman that is awake sleeps");
      case Word::kAppointed:
        return World::Expect(sleeper <= Word::kAppointmentLimit,
                             "nobody has been woken to watch");
      case Word::kNobody:
        return World::Fail("there are waiters, and the word says nobody");
      case Word::kVacant:
        return World::Fail("nobody was appointed to watch");
    }
  }

  static inline int times = 1;

  Lock lock;
  bool held = false;
  rl::var<int> guarded;
};

constexpr Futex kSpurious = {/*spurious_wakeups=*/1, /*early_timeouts=*/0};
constexpr Futex kEarly = {/*spurious_wakeups=*/0, /*early_timeouts=*/1};
constexpr Futex kUnreliable = {/*spurious_wakeups=*/3, /*early_timeouts=*/3};

template <int kThreads, typename Fault = NoFault, typename Search>
Found Explore(int times, const Search& search) {
  using Model = Exclusion<Fault, kThreads>;
  Model::times = times;
  return model::Explore<Model, kThreads>(
      "RawLock, " + std::to_string(kThreads) + " threads, " +
          std::to_string(times) + " acquisitions each",
      search);
}

TEST(RawLockModel, TwoThreadsInAllOrders) {
  EXPECT_TRUE(NoBug(Explore<2>(1, AllOrders{})));
  EXPECT_TRUE(NoBug(Explore<2>(1, AllOrders{kSpurious})));
  EXPECT_TRUE(NoBug(Explore<2>(1, AllOrders{kEarly})));
}

TEST(RawLockModel, TwoThreadsAgainAndAgain) {
  EXPECT_TRUE(NoBug(Explore<2>(2, FewPreemptions{4})));
  EXPECT_TRUE(NoBug(Explore<2>(3, FewPreemptions{3})));
  EXPECT_TRUE(NoBug(Explore<2>(3, RandomOrders{300'000, kUnreliable})));
}

TEST(RawLockModel, ThreeThreads) {
  EXPECT_TRUE(NoBug(Explore<3>(1, FewPreemptions{2})));
  EXPECT_TRUE(NoBug(Explore<3>(1, FewPreemptions{1, kSpurious})));
  EXPECT_TRUE(NoBug(Explore<3>(1, RandomOrders{1'000'000})));
  EXPECT_TRUE(NoBug(Explore<3>(1, RandomOrders{300'000, kUnreliable})));
  EXPECT_TRUE(NoBug(Explore<3>(2, RandomOrders{300'000, kUnreliable})));
}

// Each of these would be a bug of the platform, or is what one of the lock
// would do: so they are to be found.
TEST(RawLockModel, FindsAnAcquisitionThatAcquiresNothing) {
  EXPECT_TRUE(
      Bug(Explore<2, Relaxes<std::memory_order_acquire>>(1, AllOrders{}),
          "data race"));
}

TEST(RawLockModel, FindsAReleaseThatReleasesNothing) {
  EXPECT_TRUE(
      Bug(Explore<2, Relaxes<std::memory_order_release>>(1, AllOrders{}),
          "data race"));
}

TEST(RawLockModel, FindsALostWakeUpOfTheWatchman) {
  EXPECT_TRUE(Bug(Explore<2, DropsWakeups</*rooms=*/2>>(1, AllOrders{}),
                  "a watchman that is awake sleeps"));
}

TEST(RawLockModel, FindsALostWakeUpOfASleeper) {
  EXPECT_TRUE(Bug(Explore<3, DropsWakeups</*rooms=*/1>>(1, FewPreemptions{2}),
                  "a wake-up was lost"));
}

TEST(RawLockModel, FindsASleepWithoutALookAtTheWord) {
  EXPECT_TRUE(Bug(Explore<3, SleepsBlindly>(1, FewPreemptions{2}),
                  "a watchman that is awake sleeps"));
}

}  // namespace
}  // namespace slicelock::model
