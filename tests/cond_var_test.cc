// Waiting on condition variables.

#include "locks/cond_var.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "locks/condition.h"
#include "locks/mutex.h"
#include "rseq_abi/thread.h"
#include "tests/waiting_threads.h"

namespace slicelock {
namespace {

using testing::WaitingThreads;

static_assert(sizeof(CondVar) == 4);
static_assert(std::is_trivially_destructible_v<CondVar>);
[[maybe_unused]] constexpr CondVar kConstexprCondVar;

class CondVarTest : public ::testing::Test {
 protected:
  // These tests make system calls while they hold a lock, for which a kernel
  // with rseq_debug=1 may kill a thread that requests.
  CondVarTest() { SetThreadRequests(false); }
  ~CondVarTest() override { SetThreadRequests(true); }

  // So many threads that wait for one signal each.
  WaitingThreads OneSignalEach(int count) {
    return WaitingThreads(count, [this](int) {
      MutexLock lock(mutex_);
      variable_.Wait(&mutex_);
      mutex_.AssertHeld();
    });
  }

  // Waits until so many have got their signal, and a moment for more.
  static void ExpectDone(const WaitingThreads& waiters, int count) {
    while (waiters.done() < count) std::this_thread::yield();
    absl::SleepFor(absl::Milliseconds(5));
    EXPECT_EQ(waiters.done(), count);
  }

  Mutex mutex_;
  CondVar variable_;
  const absl::Duration kMoment = absl::Milliseconds(20);
};

TEST_F(CondVarTest, ASignalWakesOne) {
  for (const bool holding : {false, true}) {
    WaitingThreads waiters = OneSignalEach(3);
    for (int i = 1; i <= 3; ++i) {
      MutexLockMaybe lock(holding ? &mutex_ : nullptr);
      variable_.Signal();
      if (holding) {
        absl::SleepFor(absl::Milliseconds(5));
        EXPECT_LT(waiters.done(), i) << "the mutex is held";
      }
    }
    waiters.JoinSoon();
  }
  WaitingThreads waiters = OneSignalEach(2);
  variable_.Signal();
  ExpectDone(waiters, 1);
  variable_.Signal();
  waiters.JoinSoon();
}

TEST_F(CondVarTest, SignalAllWakesAllThatWait) {
  for (const bool holding : {false, true}) {
    WaitingThreads waiters = OneSignalEach(16);
    {
      MutexLockMaybe lock(holding ? &mutex_ : nullptr);
      variable_.SignalAll();
    }
    waiters.JoinSoon();
  }
}

TEST_F(CondVarTest, SignalsToNobodyAreForgotten) {
  variable_.Signal();
  variable_.SignalAll();
  MutexLock lock(mutex_);
  EXPECT_TRUE(variable_.WaitWithTimeout(&mutex_, kMoment));
}

TEST_F(CondVarTest, GivesUpWhenItsTimeIsOver) {
  MutexLock lock(mutex_);
  const absl::Time begin = absl::Now();
  EXPECT_TRUE(variable_.WaitWithTimeout(&mutex_, kMoment));
  EXPECT_GE(absl::Now() - begin, kMoment);
  mutex_.AssertHeld();
  EXPECT_TRUE(variable_.WaitWithDeadline(&mutex_, absl::Now() + kMoment));
  EXPECT_TRUE(variable_.WaitWithDeadline(&mutex_, absl::InfinitePast()));
  EXPECT_TRUE(variable_.WaitWithTimeout(&mutex_, -kMoment));
  EXPECT_GE(absl::Now() - begin, 2 * kMoment);
  EXPECT_LT(absl::Now() - begin, 20 * kMoment);
}

TEST_F(CondVarTest, AWaitWithoutTheMutexAborts) {
  EXPECT_DEATH(variable_.WaitWithTimeout(&mutex_, kMoment),
               "nobody shares|does not hold");
}

TEST_F(CondVarTest, TellsSignalsFromTimeouts) {
  WaitingThreads waiters(2, [this](int i) {
    MutexLock lock(mutex_);
    EXPECT_FALSE(
        i == 0 ? variable_.WaitWithTimeout(&mutex_, absl::Minutes(1))
               : variable_.WaitWithDeadline(&mutex_, absl::InfiniteFuture()));
  });
  variable_.SignalAll();
  waiters.JoinSoon();
}

TEST_F(CondVarTest, ASharedHolderWaitsAndSharesAgain) {
  std::atomic<int> inside{0};
  WaitingThreads readers(4, [&](int) {
    ReaderMutexLock share(mutex_);
    variable_.Wait(&mutex_);
    ++inside;
    while (inside < 4) std::this_thread::yield();
    mutex_.AssertReaderHeld();
  });
  { MutexLock nobody_shares_it_meanwhile(mutex_); }
  variable_.SignalAll();
  readers.JoinSoon();
}

TEST_F(CondVarTest, MixesWithConditions) {
  bool flag = false;
  WaitingThreads waiters(6, [&](int i) {
    if (i % 2 == 0) {
      MutexLock lock(mutex_);
      while (!flag) variable_.Wait(&mutex_);
    } else {
      MutexLock lock(mutex_, Condition(&flag));
    }
  });
  {
    MutexLock lock(mutex_);
    flag = true;
    variable_.SignalAll();
  }
  waiters.JoinSoon();
}

TEST_F(CondVarTest, MayGoOnceAllHaveBeenSignalled) {
  for (int round = 0; round < 200; ++round) {
    auto* const variable = new CondVar;
    int waiting = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        MutexLock lock(mutex_);
        ++waiting;
        variable->Wait(&mutex_);
      });
    }
    const auto all_wait = [&waiting] { return waiting == 3; };
    {
      MutexLock lock(mutex_, Condition(&all_wait));
      variable->SignalAll();
      delete variable;
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_F(CondVarTest, TheStandardsVariableTakesTheMutex) {
  std::condition_variable_any any;
  bool flag = false;
  WaitingThreads waiters(2, [&](int i) {
    if (i == 0) {
      std::unique_lock<Mutex> lock(mutex_);
      any.wait(lock, [&] { return flag; });
    } else {
      std::shared_lock<Mutex> lock(mutex_);
      any.wait(lock, [&] { return flag; });
    }
  });
  {
    MutexLock lock(mutex_);
    flag = true;
  }
  any.notify_all();
  waiters.JoinSoon();
}

// A queue of one item, with limits of all lengths and signals from within and
// without the mutex: no signal may be lost, nor taken by one that gave up.
TEST_F(CondVarTest, NoSignalIsLost) {
  constexpr int kThreads = 8, kItems = 3000;
  CondVar full, empty;
  int items = 0;
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::minstd_rand random(i + 1);
      CondVar& mine = i % 2 == 0 ? empty : full;
      CondVar& theirs = i % 2 == 0 ? full : empty;
      const int wanted = i % 2 == 0 ? 0 : 1;
      for (int n = 0; n < kItems; ++n) {
        mutex_.lock();
        while (items != wanted) {
          if (random() % 2 == 0) {
            mine.Wait(&mutex_);
          } else if (mine.WaitWithTimeout(&mutex_,
                                          absl::Microseconds(random() % 100))) {
            // Whoever gives up must not have taken a signal with it.
          }
        }
        items = 1 - wanted;
        if (wanted == 1) ++taken;
        const bool holding = random() % 2 == 0;
        if (!holding) mutex_.unlock();
        random() % 8 == 0 ? theirs.SignalAll() : theirs.Signal();
        if (holding) mutex_.unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, kThreads / 2 * kItems);
}

}  // namespace
}  // namespace slicelock
