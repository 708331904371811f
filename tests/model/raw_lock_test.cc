// RawLock as it ships, in every order of events that matters.

#include "locks/core/raw_lock.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "tests/lock_word.h"
#include "tests/model/lock_model.h"
#include "tests/model/platform.h"
#include "tests/model/search.h"

namespace slicelock::model {
namespace {

template <typename Fault>
class RawLockModel : public LockModel<RawLock<ModelPlatform<Fault>>> {
 public:
  using Lock = RawLock<ModelPlatform<Fault>>;
  using Word = slicelock::testing::LockWord<Lock>;

  RawLockModel() {
    world.at_rest = [](void* self) {
      static_cast<RawLockModel*>(self)->AtRest();
    };
    world.at_rest_argument = this;
  }

  void Check() {
    if (this->destroyed()) return LockModel<Lock>::Check();
    World::Expect(Word::watch(this->lock()) == Word::kNobody,
                  "a watchman is left");
    World::Expect(Word::sleepers(this->lock()) == 0, "a sleeper is left");
    LockModel<Lock>::Check();
  }

 private:
  // What the word says about those who sleep must be so.
  void AtRest() const {
    this->ExpectNobodyForgotten();
    // A sleeper that times out may believe itself forgotten and watch. For a
    // while there can be two watchmen, and the word tells of one.
    if ((world.timed_out() & Word::kSleepers) != 0) return;
    int64_t watchman = INT64_MAX, sleeper = INT64_MAX;
    world.ForEachSleep([&](const Sleep& sleep) {
      int64_t& who = sleep.room == Word::kWatchman ? watchman : sleeper;
      who = std::min(who, sleep.deadline - world.now());
    });
    switch (Word::watch(this->lock())) {
      case Word::kWatching:
      case Word::kCounting:
        return World::Expect(watchman <= Word::kLongDoze,
                             "a watchman that is awake sleeps for long");
      case Word::kNapping:
      case Word::kAwaiting:
        return World::Expect(watchman <= Word::kNapLimit,
                             "there is no watchman");
      case Word::kRelieved:
        return World::Expect(watchman <= Word::kDoze,
                             "a watchman that is relieved sleeps for long");
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
};

struct RawLockWithSlackModel : RawLockModel<NoFault> {
  RawLockWithSlackModel() { Word::SetSlack(lock(), Word::kMostSlack); }
};

struct RawLockOfKnownTurnModel : RawLockModel<NoFault> {
  RawLockOfKnownTurnModel() { Word::SetTurn(lock(), Word::kShortTurn); }
};

template <int kThreads, typename Fault = NoFault, typename Search>
Found Explore(const Program& program, const Search& search) {
  return ExploreProgram<RawLockModel<Fault>, kThreads>("RawLock", program,
                                                       search);
}

TEST(RawLockModelTest, TwoThreadsInAllOrders) {
  EXPECT_TRUE(NoBug(Explore<2>({"x", "x"}, AllOrders{})));
  EXPECT_TRUE(NoBug(Explore<2>({"x", "x"}, AllOrders{kOneSpurious})));
  EXPECT_TRUE(NoBug(Explore<2>({"x", "x"}, AllOrders{kOneEarly})));
  EXPECT_TRUE(NoBug(Explore<2>({"x", "t"}, AllOrders{})));
  EXPECT_TRUE(NoBug(Explore<2>({"x", "t"}, AllOrders{kOneEarly})));
  EXPECT_TRUE(NoBug(Explore<2>({"x", "y"}, AllOrders{})));
}

TEST(RawLockModelTest, TwoThreadsAgainAndAgain) {
  EXPECT_TRUE(NoBug(Explore<2>({"xx", "xx"}, FewPreemptions{5})));
  EXPECT_TRUE(NoBug(Explore<2>({"xxx", "xxx"}, FewPreemptions{4})));
  EXPECT_TRUE(NoBug(Explore<2>({"xtx", "yxt"}, FewPreemptions{4})));
  EXPECT_TRUE(
      NoBug(Explore<2>({"xxx", "xtx"}, RandomOrders{200'000, kUnreliable})));
}

TEST(RawLockModelTest, MayBeDestroyedBeforeAnEarlierReleaseReturns) {
  EXPECT_TRUE(NoBug(Explore<2>({"d", "d"}, AllOrders{})));
  EXPECT_TRUE(NoBug(Explore<3>({"d", "d", "d"}, FewPreemptions{2})));
  EXPECT_TRUE(
      NoBug(Explore<3>({"d", "d", "d"}, RandomOrders{100'000, kUnreliable})));
}

TEST(RawLockModelTest, ThreeThreads) {
  EXPECT_TRUE(NoBug(Explore<3>({"x", "x", "x"}, FewPreemptions{2})));
  EXPECT_TRUE(
      NoBug(Explore<3>({"x", "x", "x"}, FewPreemptions{1, kOneSpurious})));
  EXPECT_TRUE(NoBug(Explore<3>({"xx", "x", "x"}, FewPreemptions{2})));
  EXPECT_TRUE(NoBug(Explore<3>({"xxx", "x", "x"}, FewPreemptions{1})));
  EXPECT_TRUE(NoBug(Explore<3>({"x", "x", "t"}, FewPreemptions{1, kOneEarly})));
  EXPECT_TRUE(NoBug(Explore<3>({"x", "x", "x"}, RandomOrders{300'000})));
  EXPECT_TRUE(NoBug(
      Explore<3>({"xx", "xtx", "yxt"}, RandomOrders{200'000, kUnreliable})));
}

// Three threads with a lock that does not begin as new.
template <typename Model>
void ExpectNoBugOf(const std::string& name) {
  const auto explore = [&name](const Program& program, const auto& search) {
    return ExploreProgram<Model, 3>(name, program, search);
  };
  EXPECT_TRUE(NoBug(explore({"x", "x", "x"}, FewPreemptions{2})));
  EXPECT_TRUE(NoBug(explore({"xxx", "x", "x"}, FewPreemptions{1})));
  EXPECT_TRUE(
      NoBug(explore({"xx", "xtx", "yxt"}, RandomOrders{100'000, kUnreliable})));
}

TEST(RawLockModelTest, ThreeThreadsWhereThereIsSlack) {
  ExpectNoBugOf<RawLockWithSlackModel>("RawLock with slack");
}

TEST(RawLockModelTest, ThreeThreadsThatKnowHowLongATurnIs) {
  ExpectNoBugOf<RawLockOfKnownTurnModel>("RawLock of a known turn");
}

TEST(RawLockModelTest, FourThreads) {
  EXPECT_TRUE(NoBug(Explore<4>({"x", "x", "x", "x"}, RandomOrders{100'000})));
  EXPECT_TRUE(NoBug(Explore<4>({"xx", "xt", "xx", "tx"},
                               RandomOrders{100'000, kUnreliable})));
}

// Faults that the search is to find.
TEST(RawLockModelTest, FindsAnAcquisitionThatAcquiresNothing) {
  EXPECT_TRUE(Bug(
      Explore<2, Relaxes<std::memory_order_acquire>>({"x", "x"}, AllOrders{}),
      "data race"));
}

TEST(RawLockModelTest, FindsAReleaseThatReleasesNothing) {
  EXPECT_TRUE(Bug(
      Explore<2, Relaxes<std::memory_order_release>>({"x", "x"}, AllOrders{}),
      "data race"));
}

TEST(RawLockModelTest, FindsALostWakeUpOfTheWatchman) {
  EXPECT_TRUE(
      Bug(Explore<2, DropsWakeups</*rooms=*/2>>({"x", "x"}, AllOrders{}),
          "a watchman that is awake sleeps"));
}

TEST(RawLockModelTest, FindsALostWakeUpOfASleeper) {
  EXPECT_TRUE(Bug(
      Explore<3, DropsWakeups</*rooms=*/1>>({"x", "x", "x"}, FewPreemptions{2}),
      "a wake-up was lost"));
}

TEST(RawLockModelTest, FindsAReleaseThatLooksBack) {
  struct LooksBack : RawLock<ModelPlatform<>> {
    void unlock() {
      RawLock::unlock();
      static_cast<void>(crowded());
    }
  };
  EXPECT_TRUE(Bug((ExploreProgram<LockModel<LooksBack>, 2>(
                      "LooksBack", Program{"d", "d"}, AllOrders{})),
                  "an access after the end of a lock's life"));
}

TEST(RawLockModelTest, FindsASleepWithoutALookAtTheWord) {
  EXPECT_TRUE(Bug(Explore<3, SleepsBlindly>({"x", "x", "x"}, FewPreemptions{2}),
                  "a watchman that is awake sleeps"));
}

}  // namespace
}  // namespace slicelock::model
