// RawSharedLock as it ships, in every order of events that matters.

#include "locks/core/raw_shared_lock.h"

#include <atomic>
#include <string>

#include "gtest/gtest.h"
#include "tests/model/lock_model.h"
#include "tests/model/platform.h"
#include "tests/model/search.h"

namespace slicelock::model {
namespace {

template <typename Fault>
class RawSharedLockModel
    : public LockModel<RawSharedLock<ModelPlatform<Fault>>> {
 public:
  void Check() {
    World::Expect(this->destroyed() || !this->lock().shared(),
                  "a shared holder is left");
    LockModel<RawSharedLock<ModelPlatform<Fault>>>::Check();
  }
};

template <int kThreads, typename Fault = NoFault, typename Search>
Found Explore(const Program& program, const Search& search) {
  return ExploreProgram<RawSharedLockModel<Fault>, kThreads>("RawSharedLock",
                                                             program, search);
}

TEST(RawSharedLockModelTest, TwoThreadsInAllOrders) {
  EXPECT_TRUE(NoBug(Explore<2>({"s", "s"}, AllOrders{})));
  EXPECT_TRUE(NoBug(Explore<2>({"x", "z"}, AllOrders{})));
}

TEST(RawSharedLockModelTest, TwoThreads) {
  for (const Program& program :
       {Program{"x", "x"}, Program{"x", "s"}, Program{"t", "s"},
        Program{"x", "u"}, Program{"xs", "sx"}, Program{"yz", "tu"}}) {
    EXPECT_TRUE(NoBug(Explore<2>(program, FewPreemptions{3})));
    EXPECT_TRUE(NoBug(Explore<2>(program, FewPreemptions{1, kOneSpurious})));
    EXPECT_TRUE(NoBug(Explore<2>(program, RandomOrders{50'000, kUnreliable})));
  }
}

TEST(RawSharedLockModelTest, ThreeThreads) {
  for (const Program& program :
       {Program{"x", "s", "s"}, Program{"x", "x", "s"}, Program{"t", "s", "u"},
        Program{"xs", "ts", "sux"}}) {
    EXPECT_TRUE(NoBug(Explore<3>(program, FewPreemptions{1})));
    EXPECT_TRUE(NoBug(Explore<3>(program, RandomOrders{50'000})));
    EXPECT_TRUE(NoBug(Explore<3>(program, RandomOrders{50'000, kUnreliable})));
  }
}

TEST(RawSharedLockModelTest, MayBeDestroyedBeforeAnEarlierReleaseReturns) {
  for (const Program& program : {Program{"d", "d"}, Program{"d", "e"}}) {
    EXPECT_TRUE(NoBug(Explore<2>(program, FewPreemptions{3})));
    EXPECT_TRUE(NoBug(Explore<2>(program, RandomOrders{50'000, kUnreliable})));
  }
  EXPECT_TRUE(NoBug(Explore<3>({"d", "e", "e"}, FewPreemptions{1})));
  EXPECT_TRUE(
      NoBug(Explore<3>({"d", "d", "e"}, RandomOrders{50'000, kUnreliable})));
}

// Faults that the search is to find.
TEST(RawSharedLockModelTest, FindsADrainThatAcquiresNothing) {
  EXPECT_TRUE(Bug(Explore<2, Relaxes<std::memory_order_acquire>>(
                      {"x", "s"}, FewPreemptions{2}),
                  "data race"));
}

TEST(RawSharedLockModelTest, FindsAReleaseThatReleasesNothing) {
  EXPECT_TRUE(Bug(Explore<2, Relaxes<std::memory_order_release>>(
                      {"x", "s"}, FewPreemptions{2}),
                  "data race"));
}

TEST(RawSharedLockModelTest, FindsTwoThatDoNotSeeEachOther) {
  EXPECT_TRUE(
      Bug(Explore<2, SeesThingsInTwoOrders>({"x", "s"}, FewPreemptions{2}),
          "data race"));
}

TEST(RawSharedLockModelTest, FindsAReleaseThatLooksBack) {
  struct LooksBack : RawSharedLock<ModelPlatform<>> {
    void unlock_shared() {
      RawSharedLock::unlock_shared();
      static_cast<void>(observed());
    }
  };
  EXPECT_TRUE(Bug((ExploreProgram<LockModel<LooksBack>, 2>(
                      "LooksBack", Program{"d", "e"}, FewPreemptions{2})),
                  "an access after the end of a lock's life"));
}

TEST(RawSharedLockModelTest, FindsALostWakeUp) {
  EXPECT_TRUE(
      Bug(Explore<2, DropsWakeups</*rooms=*/1>>({"x", "s"}, FewPreemptions{2}),
          "a wake-up was lost"));
}

TEST(RawSharedLockModelTest, FindsASleepWithoutALookAtTheWord) {
  EXPECT_TRUE(Bug(Explore<2, SleepsBlindly>({"x", "s"}, FewPreemptions{2}),
                  "a wake-up was lost"));
}

}  // namespace
}  // namespace slicelock::model
