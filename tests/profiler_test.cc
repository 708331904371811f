// Who is told of what when threads wait for each other's locks.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/observe/cycles.h"
#include "locks/observe/hooks.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "rseq_abi/thread.h"

namespace slicelock {
namespace {

// What a profiler and a tracer have been told last.
struct Told {
  std::atomic<int> times{0};
  std::atomic<int64_t> wait_cycles{0};
  std::atomic<std::thread::id> thread{};
  std::atomic<int32_t> sections{-1};
  std::atomic<const void*> lock{nullptr};
};
Told told;

void Tell(const void* lock, int64_t wait_cycles) {
  told.lock = lock;
  told.wait_cycles = wait_cycles;
  told.thread = std::this_thread::get_id();
  told.sections = rseq_abi::RunningKernel::CurrentThread().sections.depth();
  ++told.times;
}

void TellOfMutex(int64_t wait_cycles) { Tell(nullptr, wait_cycles); }
void TraceMutex(const char*, const void* mutex, int64_t) { told.lock = mutex; }

template <typename Lock>
class ProfilerTest : public ::testing::Test {
 protected:
  ProfilerTest() {
    told.times = 0;
    Register(true);
  }
  ~ProfilerTest() override { Register(false); }

  void Register(bool on) {
    if (std::is_same_v<Lock, Mutex>) {
      RegisterMutexProfiler(on ? &TellOfMutex : nullptr);
      RegisterMutexTracer(on ? &TraceMutex : nullptr);
    } else {
      RegisterSpinLockProfiler(on ? &Tell : nullptr);
    }
  }

  // Holds the lock for long enough that another thread, that wants it, sleeps.
  // Returns how long in cycles.
  int64_t HoldWhileAnotherWaits() {
    std::atomic<bool> waiting{false};
    std::thread another;
    int64_t held;
    {
      const std::lock_guard<Lock> hold(lock_);
      another = std::thread([&] {
        waiting = true;
        const std::lock_guard<Lock> hold_too(lock_);
      });
      while (!waiting) std::this_thread::yield();
      const int64_t start = Cycles();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      held = Cycles() - start;
    }
    another.join();
    return held;
  }

  Lock lock_;
};

struct LockNames {
  template <typename Lock>
  static std::string GetName(int) {
    return std::is_same_v<Lock, Mutex> ? "Mutex" : "SpinLock";
  }
};
using Locks = ::testing::Types<Mutex, SpinLock>;
TYPED_TEST_SUITE(ProfilerTest, Locks, LockNames);

TYPED_TEST(ProfilerTest, IsToldOfTheWaitInTheHoldersThread) {
  const int64_t held = this->HoldWhileAnotherWaits();
  EXPECT_EQ(told.times, 1);
  EXPECT_EQ(told.thread.load(), std::this_thread::get_id());
  EXPECT_EQ(told.lock, &this->lock_);
  EXPECT_GT(told.wait_cycles, held / 2);
}

TYPED_TEST(ProfilerTest, IsToldInNoSection) {
  const SliceSection section;
  this->HoldWhileAnotherWaits();
  EXPECT_EQ(told.times, 1);
  EXPECT_EQ(told.sections, 0);
}

TYPED_TEST(ProfilerTest, IsNotToldWhereNobodyWaits) {
  for (int i = 0; i < 1000; ++i) {
    const std::lock_guard<TypeParam> hold(this->lock_);
  }
  EXPECT_EQ(told.times, 0);
}

TYPED_TEST(ProfilerTest, IsNotToldOnceItIsNoLongerRegistered) {
  this->Register(false);
  this->HoldWhileAnotherWaits();
  EXPECT_EQ(told.times, 0);
}

// Two threads: one that waits for a share to go, and one that waits to share.
// The first is charged with the wait of the other, not with its own.
TEST(SharedProfilerTest, TheNextExclusiveHolderIsToldOfWaitsWhileItWasShared) {
  for (const bool another_waits : {false, true}) {
    SCOPED_TRACE(another_waits);
    told.times = 0;
    RegisterMutexProfiler(&TellOfMutex);
    Mutex mutex;
    mutex.lock_shared();
    std::thread exclusive([&] { const MutexLock lock(mutex); });
    const std::thread::id told_in = exclusive.get_id();
    while (mutex.try_lock_shared()) {  // It has not come yet.
      mutex.unlock_shared();
      std::this_thread::yield();
    }
    std::atomic<bool> waiting{!another_waits};
    std::thread sharing;
    if (another_waits) {
      sharing = std::thread([&] {
        waiting = true;
        const ReaderMutexLock lock(mutex);
      });
    }
    while (!waiting) std::this_thread::yield();
    const int64_t start = Cycles();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const int64_t shared = Cycles() - start;
    mutex.unlock_shared();
    exclusive.join();
    if (another_waits) sharing.join();
    RegisterMutexProfiler(nullptr);
    EXPECT_EQ(told.times, another_waits ? 1 : 0);
    if (!another_waits) continue;
    EXPECT_EQ(told.thread.load(), told_in);
    EXPECT_GT(told.wait_cycles, shared / 2);
  }
}

}  // namespace
}  // namespace slicelock
