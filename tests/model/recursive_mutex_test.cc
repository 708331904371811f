// RecursiveMutex as it ships, on RawLock, in every order of events that
// matters.

#include "locks/recursive_mutex.h"

#include <atomic>
#include <cstdint>

#include "gtest/gtest.h"
#include "locks/core/raw_lock.h"
#include "tests/model/lock_model.h"
#include "tests/model/platform.h"
#include "tests/model/search.h"

namespace slicelock::model {
namespace {

template <typename Fault>
struct TimedLock : RawLock<ModelPlatform<Fault>> {
  bool try_lock_until(int64_t deadline) { return this->lock_until(deadline); }
};

template <typename Fault, typename Platform>
struct TimedRecursiveMutex : BasicRecursiveMutex<Platform, TimedLock<Fault>> {
  bool lock_until(int64_t deadline) { return this->try_lock_until(deadline); }
};

template <int kThreads, typename Fault = NoFault,
          typename Platform = ModelPlatform<Fault>, typename Search>
Found Explore(const Program& program, const Search& search) {
  return ExploreProgram<LockModel<TimedRecursiveMutex<Fault, Platform>>,
                        kThreads>("RecursiveMutex", program, search);
}

TEST(RecursiveMutexModelTest, TwoThreads) {
  for (const Program& program :
       {Program{"r", "r"}, Program{"r", "x"}, Program{"r", "t"},
        Program{"r", "y"}, Program{"rx", "xr"}, Program{"rt", "ry"}}) {
    EXPECT_TRUE(NoBug(Explore<2>(program, FewPreemptions{3})));
    EXPECT_TRUE(NoBug(Explore<2>(program, FewPreemptions{2, kOneSpurious})));
    EXPECT_TRUE(NoBug(Explore<2>(program, RandomOrders{50'000, kUnreliable})));
  }
}

TEST(RecursiveMutexModelTest, ThreeThreads) {
  EXPECT_TRUE(NoBug(Explore<3>({"r", "r", "r"}, FewPreemptions{1})));
  for (const Program& program :
       {Program{"r", "r", "r"}, Program{"rx", "tr", "yr"}}) {
    EXPECT_TRUE(NoBug(Explore<3>(program, RandomOrders{50'000, kUnreliable})));
  }
}

TEST(RecursiveMutexModelTest, MayBeDestroyedBeforeAnEarlierReleaseReturns) {
  EXPECT_TRUE(NoBug(Explore<2>({"d", "d"}, FewPreemptions{3})));
  EXPECT_TRUE(
      NoBug(Explore<3>({"d", "d", "d"}, RandomOrders{50'000, kUnreliable})));
}

// Faults that the search is to find.
TEST(RecursiveMutexModelTest, FindsAnAcquisitionThatAcquiresNothing) {
  EXPECT_TRUE(Bug(Explore<2, Relaxes<std::memory_order_acquire>>(
                      {"r", "r"}, FewPreemptions{2}),
                  "data race"));
}

TEST(RecursiveMutexModelTest, FindsAReleaseThatReleasesNothing) {
  EXPECT_TRUE(Bug(Explore<2, Relaxes<std::memory_order_release>>(
                      {"r", "r"}, FewPreemptions{2}),
                  "data race"));
}

TEST(RecursiveMutexModelTest, FindsALostWakeUp) {
  EXPECT_TRUE(Bug(
      Explore<3, DropsWakeups</*rooms=*/1>>({"r", "r", "r"}, FewPreemptions{1}),
      "a wake-up was lost"));
}

TEST(RecursiveMutexModelTest, FindsASleepWithoutALookAtTheWord) {
  EXPECT_TRUE(Bug(Explore<3, SleepsBlindly>({"r", "r", "r"}, FewPreemptions{2}),
                  "a wake-up was lost"));
}

TEST(RecursiveMutexModelTest, FindsThreadsThatTakeEachOtherForThemselves) {
  struct Confused : ModelPlatform<> {
    static uintptr_t Self() { return 1; }
  };
  EXPECT_TRUE(Bug(Explore<2, NoFault, Confused>({"r", "x"}, FewPreemptions{2}),
                  "data race"));
}

// Never takes back a value.
template <typename T>
struct StickyAtomic : ModelPlatform<>::Atomic<T> {
  using ModelPlatform<>::Atomic<T>::Atomic;
  void store(T value, std::memory_order order) {
    if (value != T{}) ModelPlatform<>::Atomic<T>::store(value, order);
  }
};

struct RemembersOwners : ModelPlatform<> {
  template <typename T>
  using Atomic = StickyAtomic<T>;
};

TEST(RecursiveMutexModelTest, FindsAnOwnerThatStays) {
  EXPECT_TRUE(
      Bug(Explore<2, NoFault, RemembersOwners>({"xx", "x"}, FewPreemptions{2}),
          "an acquisition or a release outside a section"));
}

}  // namespace
}  // namespace slicelock::model
