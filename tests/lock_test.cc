// What SpinLock and Mutex have in common.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/observe/checks.h"
#include "locks/spinlock.h"
#include "rseq_abi/thread.h"

namespace slicelock {
namespace {

template <typename L, typename = void>
struct IsBasicLockable : std::false_type {};
template <typename L>
struct IsBasicLockable<L, std::void_t<decltype(std::declval<L&>().lock()),
                                      decltype(std::declval<L&>().unlock())>>
    : std::true_type {};

template <typename L, typename = void>
struct IsLockable : std::false_type {};
template <typename L>
struct IsLockable<L, std::enable_if_t<std::is_same_v<
                         bool, decltype(std::declval<L&>().try_lock())>>>
    : IsBasicLockable<L> {};

static_assert(IsLockable<SpinLock>::value && IsLockable<Mutex>::value);
static_assert(sizeof(SpinLock) == 4);
static_assert(sizeof(Mutex) == 8);
static_assert(!std::is_copy_constructible_v<SpinLock> &&
              !std::is_copy_constructible_v<Mutex>);
static_assert(!std::is_copy_assignable_v<SpinLock> &&
              !std::is_copy_assignable_v<Mutex>);
#if !SLICELOCK_CHECKS && !defined(ABSL_HAVE_THREAD_SANITIZER)
static_assert(std::is_trivially_destructible_v<SpinLock> &&
              std::is_trivially_destructible_v<Mutex>);
[[maybe_unused]] constexpr SpinLock kConstexprSpinLock;
[[maybe_unused]] constexpr Mutex kConstexprMutex;
#endif

template <typename Lock>
struct HolderOf;
template <>
struct HolderOf<SpinLock> {
  using type = SpinLockHolder;
};
template <>
struct HolderOf<Mutex> {
  using type = MutexLock;
};

template <typename Lock>
class LockTest : public ::testing::Test {
 protected:
  // These tests make system calls while they hold a lock, for which a kernel
  // with rseq_debug=1 may kill a thread that requests.
  LockTest() { SetThreadRequests(false); }
  ~LockTest() override { SetThreadRequests(true); }

  // Whether another thread could acquire the lock now.
  static bool IsFree(Lock& lock) {
    bool free = false;
    std::thread([&] {
      free = lock.try_lock();
      if (free) lock.unlock();
    }).join();
    return free;
  }
};

using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(LockTest, Locks);

TYPED_TEST(LockTest, LockKeepsOthersOutUntilUnlock) {
  TypeParam lock;
  lock.lock();
  EXPECT_FALSE(this->IsFree(lock));
  lock.unlock();
  EXPECT_TRUE(this->IsFree(lock));
}

TYPED_TEST(LockTest, TryLockAcquiresAFreeLockOnly) {
  TypeParam lock;
  ASSERT_TRUE(lock.try_lock());
  EXPECT_FALSE(this->IsFree(lock));
  lock.unlock();
  EXPECT_TRUE(this->IsFree(lock));
}

TYPED_TEST(LockTest, AbseilsNamesDoTheSame) {
  TypeParam lock;
  lock.Lock();
  EXPECT_FALSE(this->IsFree(lock));
  lock.Unlock();
  ASSERT_TRUE(lock.TryLock());
  lock.AssertHeld();
  lock.Unlock();
  EXPECT_TRUE(this->IsFree(lock));
}

TYPED_TEST(LockTest, HoldersReleaseAtTheEndOfTheirScope) {
  using Holder = typename HolderOf<TypeParam>::type;
  TypeParam lock;
  {
    Holder holder(lock);
    EXPECT_FALSE(this->IsFree(lock));
  }
  EXPECT_TRUE(this->IsFree(lock));
  {
    Holder holder(&lock);
    EXPECT_FALSE(this->IsFree(lock));
  }
  EXPECT_TRUE(this->IsFree(lock));
}

TYPED_TEST(LockTest, WorksWithTheStandardsHolders) {
  TypeParam lock, other;
  {
    std::lock_guard<TypeParam> guard(lock);
    EXPECT_FALSE(this->IsFree(lock));
  }
  {
    std::unique_lock<TypeParam> unique(lock, std::defer_lock);
    EXPECT_TRUE(this->IsFree(lock));
    EXPECT_TRUE(unique.try_lock());
    EXPECT_FALSE(this->IsFree(lock));
  }
  {
    std::scoped_lock both(lock, other);
    EXPECT_FALSE(this->IsFree(lock));
    EXPECT_FALSE(this->IsFree(other));
  }
  EXPECT_TRUE(this->IsFree(lock));
  EXPECT_TRUE(this->IsFree(other));
}

TYPED_TEST(LockTest, HoldersExcludeEachOther) {
  constexpr int kThreads = 8;
  constexpr int kTimes = 20000;
  TypeParam lock;
  int64_t counter = 0;  // Not atomic: the lock is what is tested.
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, by_try = i % 2 == 0] {
      for (int n = 0; n < kTimes; ++n) {
        if (by_try) {
          while (!lock.try_lock()) std::this_thread::yield();
        } else {
          lock.lock();
        }
        ++counter;
        lock.unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, int64_t{kThreads} * kTimes);
}

TYPED_TEST(LockTest, AWaiterInAnOuterLockGetsItsTurn) {
  // Nested acquisition that has to wait: both locks must come free again.
  constexpr int kTimes = 2000;
  TypeParam outer[2], inner;
  int64_t counter = 0;
  std::vector<std::thread> threads;
  for (TypeParam& own : outer) {
    threads.emplace_back([&] {
      for (int n = 0; n < kTimes; ++n) {
        own.lock();
        inner.lock();
        ++counter;
        inner.unlock();
        own.unlock();
        if (n % 64 == 0) std::this_thread::yield();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, 2 * kTimes);
}

TYPED_TEST(LockTest, AllWhoWaitGetTheirTurnSoon) {
  constexpr int kThreads = 32;
  constexpr int kRounds = 5;
  TypeParam lock;
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<int> started{0};
    int acquired = 0;
    lock.lock();
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        ++started;
        lock.lock();
        ++acquired;
        lock.unlock();
      });
    }
    while (started < kThreads) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto released = std::chrono::steady_clock::now();
    lock.unlock();
    for (std::thread& thread : threads) thread.join();
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - released;
    EXPECT_EQ(acquired, kThreads);
    // A sleeper that nobody wakes comes back by itself, but half a second late.
    EXPECT_LT(took.count(), 0.4) << "a wake-up was lost";
  }
}

TYPED_TEST(LockTest, AssertHeldPassesWhenHeld) {
  TypeParam lock;
  std::lock_guard<TypeParam> guard(lock);
  lock.AssertHeld();
}

TYPED_TEST(LockTest, AssertHeldNamesTheLockThatNobodyHolds) {
  TypeParam lock;
  char name[32];
  snprintf(name, sizeof(name), "%p", static_cast<void*>(&lock));
  EXPECT_DEATH(lock.AssertHeld(),
               std::string("AssertHeld.* that nobody holds: ") + name);
}

TYPED_TEST(LockTest, UnlockOfAFreeLockAborts) {
  TypeParam lock;
  EXPECT_DEATH(lock.unlock(), "unlock\\(\\) of a [A-Za-z]+ that nobody holds");
}

using MutexTest = LockTest<Mutex>;

TEST_F(MutexTest, ErrnoSurvivesWaiting) {
  Mutex mutex;
  mutex.lock();
  std::atomic<bool> started{false};
  int errno_after = 0;
  std::thread waiter([&] {
    errno = EDOM;
    started = true;
    mutex.lock();
    errno_after = errno;
    mutex.unlock();
  });
  while (!started) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  mutex.unlock();
  waiter.join();
  EXPECT_EQ(errno_after, EDOM);
}

}  // namespace
}  // namespace slicelock
