// Mutex held by several threads at once, and for as long as one cares to wait.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "rseq_abi/thread.h"

namespace slicelock {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

class SharedMutexTest : public ::testing::Test {
 protected:
  // These tests make system calls while they hold a lock, for which a kernel
  // with rseq_debug=1 may kill a thread that requests.
  SharedMutexTest() { SetThreadRequests(false); }
  ~SharedMutexTest() override { SetThreadRequests(true); }

  // Runs `f` in a thread of its own.
  template <typename F>
  static void Elsewhere(F&& f) {
    std::thread(std::forward<F>(f)).join();
  }

  Mutex mutex_;
};

TEST_F(SharedMutexTest, ManyShareItAndOneHoldsItAlone) {
  mutex_.lock_shared();
  Elsewhere([this] {
    EXPECT_FALSE(mutex_.try_lock());
    ASSERT_TRUE(mutex_.try_lock_shared());
    mutex_.unlock_shared();
  });
  mutex_.unlock_shared();
  mutex_.lock();
  Elsewhere([this] { EXPECT_FALSE(mutex_.try_lock_shared()); });
  mutex_.unlock();
}

TEST_F(SharedMutexTest, AbseilsNamesDoTheSame) {
  mutex_.ReaderLock();
  Elsewhere([this] {
    EXPECT_FALSE(mutex_.WriterTryLock());
    ASSERT_TRUE(mutex_.ReaderTryLock());
    mutex_.AssertReaderHeld();
    mutex_.ReaderUnlock();
  });
  mutex_.ReaderUnlock();
  mutex_.WriterLock();
  mutex_.AssertReaderHeld();
  mutex_.AssertHeld();
  mutex_.WriterUnlock();
  {
    ReaderMutexLock share(mutex_);
    Elsewhere([this] { ReaderMutexLock another(&mutex_); });
    Elsewhere([this] { EXPECT_FALSE(mutex_.try_lock()); });
  }
  {
    WriterMutexLock lock(mutex_);
    Elsewhere([this] { EXPECT_FALSE(mutex_.try_lock_shared()); });
  }
}

TEST_F(SharedMutexTest, WorksWithTheStandardsHolders) {
  {
    std::shared_lock<Mutex> share(mutex_);
    std::shared_lock<Mutex> another(mutex_, std::try_to_lock);
    EXPECT_TRUE(another.owns_lock());
    Elsewhere([this] {
      std::unique_lock<Mutex> lock(mutex_, milliseconds(1));
      EXPECT_FALSE(lock.owns_lock());
    });
  }
  std::unique_lock<Mutex> lock(mutex_, steady_clock::now() + milliseconds(1));
  EXPECT_TRUE(lock.owns_lock());
  Elsewhere([this] {
    std::shared_lock<Mutex> share(mutex_, milliseconds(1));
    EXPECT_FALSE(share.owns_lock());
  });
}

TEST_F(SharedMutexTest, TriesLastAsLongAsTheyAreToldTo) {
  mutex_.lock();
  Elsewhere([this] {
    constexpr milliseconds kLimit(30);
    const auto begin = steady_clock::now();
    EXPECT_FALSE(mutex_.try_lock_for(kLimit));
    EXPECT_GE(steady_clock::now() - begin, kLimit);
    EXPECT_FALSE(mutex_.try_lock_shared_for(kLimit));
    EXPECT_GE(steady_clock::now() - begin, 2 * kLimit);
    EXPECT_FALSE(mutex_.try_lock_until(system_clock::now() + kLimit));
    EXPECT_FALSE(mutex_.try_lock_shared_until(system_clock::now() + kLimit));
    EXPECT_GE(steady_clock::now() - begin, 4 * kLimit);
    // They came to an end on their own, not after half a second.
    EXPECT_LT(steady_clock::now() - begin, 10 * kLimit);
  });
  mutex_.unlock();
}

// As one that is set back now and then.
struct SlowClock {
  using duration = steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SlowClock>;
  static time_point now() {
    return time_point(steady_clock::now().time_since_epoch() / 2);
  }
};

TEST_F(SharedMutexTest, ATimeHasComeWhenItsOwnClockSaysSo) {
  const MutexLock lock(mutex_);
  Elsewhere([this] {
    const auto deadline = SlowClock::now() + milliseconds(20);
    EXPECT_FALSE(mutex_.try_lock_until(deadline));
    EXPECT_GE(SlowClock::now(), deadline);
    EXPECT_FALSE(mutex_.try_lock_shared_until(deadline + milliseconds(20)));
    EXPECT_GE(SlowClock::now(), deadline + milliseconds(20));
  });
}

TEST_F(SharedMutexTest, TimesThatAreOverAllowOneTry) {
  constexpr milliseconds kNegative(-1);
  EXPECT_TRUE(mutex_.try_lock_for(kNegative));
  Elsewhere([this, kNegative] {
    EXPECT_FALSE(mutex_.try_lock_for(kNegative));
    EXPECT_FALSE(mutex_.try_lock_until(steady_clock::time_point::min()));
    EXPECT_FALSE(mutex_.try_lock_shared_until(system_clock::time_point()));
  });
  mutex_.unlock();
}

TEST_F(SharedMutexTest, TimesWithoutEndAreNone) {
  ASSERT_TRUE(mutex_.try_lock_for(std::chrono::hours::max()));
  std::thread waiter([this] {
    EXPECT_TRUE(mutex_.try_lock_for(std::chrono::hours::max()));
    mutex_.unlock();
    EXPECT_TRUE(
        mutex_.try_lock_shared_for(std::chrono::duration<double>(1e300)));
    mutex_.unlock_shared();
  });
  std::this_thread::sleep_for(milliseconds(10));
  mutex_.unlock();
  waiter.join();
}

TEST_F(SharedMutexTest, AnExclusiveWaiterIsNotOvertakenByThoseWhoShare) {
  std::atomic<bool> waiting{false}, acquired{false};
  mutex_.lock_shared();
  std::thread writer([&] {
    waiting = true;
    mutex_.lock();
    acquired = true;
    mutex_.unlock();
  });
  while (!waiting) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(20));
  Elsewhere(
      [this] { EXPECT_FALSE(mutex_.try_lock_shared_for(milliseconds(5))); });
  EXPECT_FALSE(acquired);
  mutex_.unlock_shared();
  writer.join();
  EXPECT_TRUE(mutex_.try_lock_shared());
  mutex_.unlock_shared();
}

TEST_F(SharedMutexTest, AssertReaderHeldNamesTheMutexThatNobodyHolds) {
  EXPECT_DEATH(mutex_.AssertReaderHeld(), "AssertReaderHeld.* nobody holds");
}

TEST_F(SharedMutexTest, UnlockSharedOfAMutexThatNobodySharesAborts) {
  EXPECT_DEATH(mutex_.unlock_shared(), "unlock_shared.* nobody shares");
}

// All ways to acquire it at once, from more threads than there are CPUs.
TEST_F(SharedMutexTest, HoldersExcludeWhomTheyShould) {
  constexpr int kThreads = 12;
  constexpr milliseconds kTime(1500);
  // Not atomic: the mutex is what is tested.
  int64_t a = 0, b = 0;
  std::atomic<int64_t> writes{0}, reads{0}, failures{0}, torn{0};
  const auto end = steady_clock::now() + kTime;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::minstd_rand random(i + 1);
      const auto write = [&] {
        ++a;
        for (int n = random() % 64; n > 0; --n) b = b + 0;
        ++b;
        mutex_.unlock();
        ++writes;
      };
      const auto read = [&] {
        if (a != b) ++torn;
        mutex_.unlock_shared();
        ++reads;
      };
      while (steady_clock::now() < end) {
        const microseconds limit(random() % 300);
        switch (random() % 6) {
          case 0:
            mutex_.lock();
            write();
            break;
          case 1:
            mutex_.lock_shared();
            read();
            break;
          case 2:
            mutex_.try_lock() ? write() : void(++failures);
            break;
          case 3:
            mutex_.try_lock_shared() ? read() : void(++failures);
            break;
          case 4:
            mutex_.try_lock_for(limit) ? write() : void(++failures);
            break;
          case 5:
            mutex_.try_lock_shared_for(limit) ? read() : void(++failures);
            break;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(a, writes);
  EXPECT_EQ(b, writes);
  EXPECT_EQ(torn, 0);
  EXPECT_GT(writes, 0);
  EXPECT_GT(reads, 0);
  EXPECT_LT(steady_clock::now() - end, milliseconds(400))
      << "a wake-up was lost";
  EXPECT_TRUE(mutex_.try_lock()) << "it was left held";
  mutex_.unlock();
}

}  // namespace
}  // namespace slicelock
