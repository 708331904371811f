// Other people's locks, with sections of ours around them.

#include "locks/extended.h"

#include <tbb/spin_mutex.h>
#include <tbb/spin_rw_mutex.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "locks/slice_section.h"
#include "rseq_abi/thread.h"
#include "tests/contention.h"

namespace slicelock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

int Depth() {
  return rseq_abi::RunningKernel::CurrentThread().sections.depth();
}

// In a thread of its own, which must leave no section.
template <typename F>
void Elsewhere(F f) {
  std::thread([&f] {
    f();
    EXPECT_EQ(Depth(), 0);
  }).join();
}

template <typename Lock>
class ExtendedTest : public ::testing::Test {
  static_assert(sizeof(Extended<Lock>) == sizeof(Lock));

 protected:
  Extended<Lock> lock_;
};

using Locks = ::testing::Types<std::mutex, std::timed_mutex, std::shared_mutex,
                               absl::Mutex, tbb::spin_mutex>;
// One has a name, for //tests/sanitizers to leave it out.
struct LockNames {
  template <typename Lock>
  static std::string GetName(int number) {
    return std::is_same_v<Lock, absl::Mutex> ? "AbslMutex"
                                             : std::to_string(number);
  }
};
TYPED_TEST_SUITE(ExtendedTest, Locks, LockNames);

TYPED_TEST(ExtendedTest, ItsHolderIsInASection) {
  this->lock_.lock();
  EXPECT_EQ(Depth(), 1);
  this->lock_.unlock();
  EXPECT_EQ(Depth(), 0);
  ASSERT_TRUE(this->lock_.try_lock());
  EXPECT_EQ(Depth(), 1);
  this->lock_.unlock();
  EXPECT_EQ(Depth(), 0);
}

TYPED_TEST(ExtendedTest, AFailedTryLeavesNoSection) {
  this->lock_.lock();
  Elsewhere([this] { EXPECT_FALSE(this->lock_.try_lock()); });
  this->lock_.unlock();
}

TYPED_TEST(ExtendedTest, WhoHasWaitedIsInASectionToo) {
  SliceSection section;
  this->lock_.lock();
  std::thread waiter([this] {
    SliceSection outer;
    this->lock_.lock();
    EXPECT_EQ(Depth(), 2);
    this->lock_.unlock();
    EXPECT_EQ(Depth(), 1);
  });
  std::this_thread::sleep_for(milliseconds(10));
  this->lock_.unlock();
  EXPECT_EQ(Depth(), 1);
  waiter.join();
}

TYPED_TEST(ExtendedTest, HoldersExcludeEachOther) {
  const testing::Contention result =
      testing::Contend(this->lock_, 4, milliseconds(100), 30);
  EXPECT_GT(result.acquisitions, 0);
  EXPECT_EQ(result.counted, result.acquisitions);
}

template <typename Lock>
class ExtendedSharedTest : public ExtendedTest<Lock> {};

using SharedLocks =
    ::testing::Types<std::shared_timed_mutex, absl::Mutex, tbb::spin_rw_mutex>;
TYPED_TEST_SUITE(ExtendedSharedTest, SharedLocks);

TYPED_TEST(ExtendedSharedTest, SharedHoldersAreInSections) {
  this->lock_.lock_shared();
  EXPECT_EQ(Depth(), 1);
  Elsewhere([this] {
    ASSERT_TRUE(this->lock_.try_lock_shared());
    EXPECT_EQ(Depth(), 1);
    this->lock_.unlock_shared();
    EXPECT_FALSE(this->lock_.try_lock());
  });
  this->lock_.unlock_shared();
  EXPECT_EQ(Depth(), 0);
  this->lock_.lock();
  Elsewhere([this] { EXPECT_FALSE(this->lock_.try_lock_shared()); });
  std::thread waiter([this] {
    this->lock_.lock_shared();
    EXPECT_EQ(Depth(), 1);
    this->lock_.unlock_shared();
  });
  std::this_thread::sleep_for(milliseconds(10));
  this->lock_.unlock();
  waiter.join();
}

TEST(ExtendedDeathTest, ALockThatThrowsEndsTheProcess) {
  struct Throws {
    bool try_lock() { return false; }
    void lock() { throw 1; }
    void unlock() {}
  };
  Extended<Throws> lock;
  EXPECT_DEATH(lock.lock(), "");
}

TEST(ExtendedTimedTest, GivesUpWhenItsTimeIsOver) {
  Extended<std::shared_timed_mutex> lock;
  constexpr milliseconds kMoment(5);
  ASSERT_TRUE(lock.try_lock_for(kMoment));
  Elsewhere([&] {
    EXPECT_FALSE(lock.try_lock_for(kMoment));
    EXPECT_FALSE(lock.try_lock_until(steady_clock::now() + kMoment));
    EXPECT_FALSE(lock.try_lock_shared_for(kMoment));
    EXPECT_FALSE(lock.try_lock_shared_until(steady_clock::now() + kMoment));
  });
  lock.unlock();
  EXPECT_EQ(Depth(), 0);
}

TEST(ExtendedStandardTest, WorksWithTheStandardsHoldersAndVariables) {
  Extended<std::mutex> mutex;
  std::condition_variable_any changed;
  bool flag = false;
  std::thread waiter([&] {
    std::unique_lock<Extended<std::mutex>> lock(mutex);
    changed.wait(lock, [&flag] { return flag; });
    EXPECT_EQ(Depth(), 1);
  });
  {
    std::scoped_lock lock(mutex);
    flag = true;
  }
  changed.notify_all();
  waiter.join();
}

TEST(ExtendedAbslTest, IsMadeFromWhatTheLockIsMadeFrom) {
  Extended<absl::Mutex> mutex(absl::kConstInit);
  std::lock_guard<Extended<absl::Mutex>> lock(mutex);
  static_assert(sizeof(mutex) == sizeof(absl::Mutex));
}

}  // namespace
}  // namespace slicelock
