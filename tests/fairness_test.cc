// A lock that is wanted all the time goes round: how long threads wait for it,
// in turns of others.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"

namespace slicelock {
namespace {

using std::chrono::steady_clock;

constexpr int kThreads = 16;
// So often everybody has its turn, more or less. Who loses its place in the
// queue, or its CPU before it has a place, waits for another round or two.
constexpr int64_t kRounds = 30;
constexpr int64_t kFewRounds = 2;
constexpr int64_t kMostRounds = 8;
// Ten times as many as a turn is meant to have: on a busy machine it ends late.
constexpr int64_t kMostAcquisitions = 20'000;
constexpr auto kPatience = std::chrono::minutes(2);

// Who has waited for longer has slept, and begins a turn.
constexpr auto kLooks = std::chrono::microseconds(200);
// Increments, one after the other: about a microsecond.
constexpr int kSection = 3000;

struct Wait {
  int thread;
  int64_t turns;
};

template <typename Lock>
class FairnessTest : public ::testing::Test {
 protected:
  // Has `thread` acquire the lock until told to stop.
  void Use(int thread) {
    while (!stop_.load(std::memory_order_relaxed)) {
      const int64_t turns_before = turns_.load(std::memory_order_relaxed);
      const auto begin = steady_clock::now();
      lock_.lock();
      if (steady_clock::now() - begin > kLooks) {
        const int64_t turns = turns_.load(std::memory_order_relaxed);
        waits_.push_back({thread, turns - turns_before});
        turns_.store(turns + 1, std::memory_order_relaxed);
      }
      ++acquisitions_;
      for (int i = 0; i < kSection; ++i) work_ = work_ + 1;
      lock_.unlock();
    }
  }

  Lock lock_;
  // Changed by the holder.
  std::atomic<int64_t> turns_{0};
  std::vector<Wait> waits_;
  int64_t acquisitions_ = 0;
  volatile int64_t work_ = 0;

  std::atomic<bool> stop_{false};
};

using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(FairnessTest, Locks);

TYPED_TEST(FairnessTest, AWaitTakesAboutAsManyTurnsAsThreadsWait) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([=] { this->Use(i); });
  const auto deadline = steady_clock::now() + kPatience;
  while (this->turns_ < kRounds * kThreads && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  this->stop_ = true;
  for (std::thread& thread : threads) thread.join();

  ASSERT_GE(this->turns_, kRounds * kThreads) << "the lock does not go round";
  EXPECT_LE(this->acquisitions_ / this->turns_, kMostAcquisitions)
      << "turns take too many acquisitions";
  int64_t longer = 0;
  for (const auto& [thread, turns] : this->waits_) {
    EXPECT_LE(turns, kMostRounds * kThreads)
        << "turns for which thread " << thread << " of " << kThreads
        << " waited";
    if (turns > kFewRounds * kThreads) ++longer;
  }
  EXPECT_LE(longer, this->turns_ / 20)
      << "waits of more than " << kFewRounds << " rounds, of " << this->turns_;
}

}  // namespace
}  // namespace slicelock
