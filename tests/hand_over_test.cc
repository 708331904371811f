// How many system calls it takes to hand over to one of many that wait: nobody
// is woken to find that there is nothing to do.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>

#include "gtest/gtest.h"
#include "locks/condition.h"
#include "locks/core/lock_waiters.h"
#include "locks/core/platform.h"
#include "locks/core/raw_cond_var.h"
#include "locks/core/raw_shared_lock.h"
#include "locks/core/waiter.h"
#include "tests/waiting_threads.h"

namespace slicelock {
namespace {

using testing::WaitingThreads;

// The one that ships, counted.
struct CountingPlatform : LinuxPlatform {
  static Wakeup Park(const void* word, uint32_t expected, uint32_t room,
                     int64_t nanoseconds) {
    ++sleeps;
    return LinuxPlatform::Park(word, expected, room, nanoseconds);
  }
  static void WakeOne(const void* word, uint32_t room) {
    ++wakes;
    LinuxPlatform::WakeOne(word, room);
  }

  static inline std::atomic<int> sleeps{0};
  static inline std::atomic<int> wakes{0};
};

class HandOverTest : public ::testing::Test {
 protected:
  static constexpr int kThreads = 16;
  static constexpr int kHandOvers = 1600;
  static constexpr int64_t kNever = RawLock<CountingPlatform>::kNever;

  // Runs `take_turn` in all threads, and hands over to the first.
  void RunAll(const std::function<void(int)>& take_turn,
              const std::function<void()>& begin) {
    WaitingThreads threads(kThreads, [&](int i) {
      for (int n = 0; n < kHandOvers / kThreads; ++n) take_turn(i);
    });
    CountingPlatform::sleeps = CountingPlatform::wakes = 0;
    begin();
    threads.JoinSoon();
    printf("%d hand-overs among %d threads: %d wakes, %d sleeps\n", kHandOvers,
           kThreads, CountingPlatform::wakes.load(),
           CountingPlatform::sleeps.load());
  }

  // One wake and one sleep each, and a few where a thread met another.
  static void ExpectNoHerd() {
    EXPECT_LE(CountingPlatform::wakes, kHandOvers * 12 / 10);
    EXPECT_LE(CountingPlatform::sleeps, kHandOvers * 14 / 10);
  }

  RawSharedLock<CountingPlatform> lock_;
  int turn_ = -1;
};

TEST_F(HandOverTest, AConditionWakesOnlyWhoseTurnItIs) {
  const auto begin = [this] {
    lock_.lock();
    turn_ = 0;
    lock_.unlock();
  };
  RunAll(
      [this](int i) {
        const auto my_turn = [this, i] { return turn_ == i; };
        lock_.lock();
        AwaitUntil<CountingPlatform>(lock_, Condition(&my_turn),
                                     Hold::kExclusive, kNever);
        turn_ = (turn_ + 1) % kThreads;
        lock_.unlock();
      },
      begin);
  ExpectNoHerd();
}

TEST_F(HandOverTest, ASignalWakesOneAndItsReleaseNobody) {
  RawCondVar<CountingPlatform> variables[kThreads];
  RunAll(
      [&](int i) {
        lock_.lock();
        while (turn_ != i)
          variables[i].WaitUntil(lock_, Hold::kExclusive, kNever);
        turn_ = (turn_ + 1) % kThreads;
        variables[turn_].Signal();
        lock_.unlock();
      },
      [&] {
        lock_.lock();
        turn_ = 0;
        variables[0].Signal();
        lock_.unlock();
      });
  ExpectNoHerd();
}

TEST_F(HandOverTest, ThoseThatASignalToAllFreesWakeOneAfterTheOther) {
  RawCondVar<CountingPlatform> variable;
  bool open = false;
  WaitingThreads threads(kThreads, [&](int) {
    lock_.lock();
    while (!open) variable.WaitUntil(lock_, Hold::kExclusive, kNever);
    lock_.unlock();
  });
  CountingPlatform::sleeps = CountingPlatform::wakes = 0;
  lock_.lock();
  open = true;
  variable.SignalAll();
  EXPECT_EQ(CountingPlatform::wakes, 0) << "they could not have the lock";
  lock_.unlock();
  threads.JoinSoon();
  EXPECT_LE(CountingPlatform::wakes, kThreads * 12 / 10);
  EXPECT_LE(CountingPlatform::sleeps, kThreads * 2 / 10);
}

}  // namespace
}  // namespace slicelock
