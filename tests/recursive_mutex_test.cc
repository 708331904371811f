#include "locks/recursive_mutex.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/base/config.h"
#include "gtest/gtest.h"
#include "rseq_abi/thread.h"

namespace slicelock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

#ifndef ABSL_HAVE_THREAD_SANITIZER
static_assert(std::is_trivially_destructible_v<RecursiveMutex>);
[[maybe_unused]] constexpr RecursiveMutex kConstexprRecursiveMutex;
#endif
static_assert(sizeof(RecursiveMutex) == 24);

class RecursiveMutexTest : public ::testing::Test {
 protected:
  // These tests make system calls while they hold a lock, for which a kernel
  // with rseq_debug=1 may kill a thread that requests.
  RecursiveMutexTest() { SetThreadRequests(false); }
  ~RecursiveMutexTest() override { SetThreadRequests(true); }

  // Whether another thread could acquire it now.
  bool IsFree() {
    bool free = false;
    std::thread([&] {
      free = mutex_.try_lock();
      if (free) mutex_.unlock();
    }).join();
    return free;
  }

  RecursiveMutex mutex_;
};

TEST_F(RecursiveMutexTest, IsFreeOnceReleasedAsOftenAsAcquired) {
  mutex_.lock();
  ASSERT_TRUE(mutex_.try_lock());
  ASSERT_TRUE(mutex_.try_lock_for(milliseconds(1)));
  ASSERT_TRUE(mutex_.try_lock_until(steady_clock::now()));
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(IsFree());
    mutex_.unlock();
  }
  EXPECT_TRUE(IsFree());
}

TEST_F(RecursiveMutexTest, OthersGiveUpWhenTheirTimeIsOver) {
  std::lock_guard<RecursiveMutex> lock(mutex_);
  std::thread([this] {
    EXPECT_FALSE(mutex_.try_lock_for(milliseconds(5)));
    EXPECT_FALSE(mutex_.try_lock_until(steady_clock::now() + milliseconds(5)));
  }).join();
}

TEST_F(RecursiveMutexTest, HoldersExcludeEachOther) {
  constexpr int kThreads = 6, kTimes = 20000;
  int64_t counter = 0;  // Not atomic: the mutex is what is tested.
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kTimes; ++n) {
        std::lock_guard<RecursiveMutex> outer(mutex_);
        std::lock_guard<RecursiveMutex> inner(mutex_);
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, int64_t{kThreads} * kTimes);
}

TEST_F(RecursiveMutexTest, UnlockByAThreadThatDoesNotHoldItAborts) {
  EXPECT_DEATH(mutex_.unlock(), "RecursiveMutex that this thread does not");
  mutex_.lock();
  EXPECT_DEATH(std::thread([this] { mutex_.unlock(); }).join(),
               "RecursiveMutex that this thread does not");
  mutex_.unlock();
}

}  // namespace
}  // namespace slicelock
