// The locks against a simulated kernel: what they request, when, and by which
// system call a grant ends.

#include <atomic>
#include <cstdint>
#include <functional>
#include <new>

#include "gtest/gtest.h"
#include "locks/raw_mutex.h"
#include "locks/raw_spinlock.h"
#include "tests/simulated_kernel.h"

namespace slicelock {
namespace {

using Kernel = testing::SimulatedKernel;

// One thread stands for two: what the other holder does happens while this one
// waits.
struct SimulatedPlatform {
  template <typename T>
  using Atomic = std::atomic<T>;
  using Section = BasicSliceSection<Kernel>;

  static void Relax() { Wait(); }
  static void YieldCpu() {
    Wait();
    Kernel::SystemCall();
  }
  static void Park(std::atomic<uint32_t>&, uint32_t) {
    ++parks;
    Wait();
    Kernel::SystemCall();
  }
  static void WakeOne(std::atomic<uint32_t>&) {
    ++wakes;
    Kernel::SystemCall();
  }

  static void Wait() {
    EXPECT_FALSE(Kernel::word.requested()) << "a waiter holds a request";
    EXPECT_FALSE(Kernel::word.granted()) << "a waiter keeps a grant";
    ++waits;
    if (on_wait != nullptr) on_wait();
  }

  static inline int parks = 0;
  static inline int wakes = 0;
  static inline int waits = 0;
  static inline std::function<void()> on_wait;
};

using Platform = SimulatedPlatform;

template <typename Lock>
class LockProtocolTest : public ::testing::Test {
 protected:
  LockProtocolTest() {
    Kernel::Reset();
    Platform::parks = Platform::wakes = Platform::waits = 0;
    Platform::on_wait = nullptr;
  }
  ~LockProtocolTest() override {
    EXPECT_EQ(Kernel::thread.depth, 0) << "a section was not left";
    EXPECT_FALSE(Kernel::word.requested()) << "a request outlived its lock";
    EXPECT_FALSE(Kernel::word.granted()) << "a grant was not ended";
    EXPECT_EQ(Kernel::calls_with_request, 0)
        << "a system call was made with the request set";
  }

  // Makes `lock`, held by the test, come free at the `nth` wait.
  static void FreeAtWait(Lock& lock, int nth) {
    Platform::on_wait = [&lock, nth] {
      if (Platform::waits == nth) SetFree(lock);
    };
  }

  // As if another thread had acquired it: in no section of this one.
  static void AcquireElsewhere(Lock& lock) {
    ASSERT_TRUE(lock.try_lock());
    Platform::Section::Leave();
  }

  static void SetFree(Lock& lock) { new (&lock) Lock(); }
};

using Locks = ::testing::Types<RawSpinLock<Platform>, RawMutex<Platform>>;
TYPED_TEST_SUITE(LockProtocolTest, Locks);

TYPED_TEST(LockProtocolTest, TheHolderHasRequested) {
  TypeParam lock;
  lock.lock();
  EXPECT_TRUE(Kernel::word.requested());
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, AFreeLockTakesNoSystemCall) {
  TypeParam lock;
  lock.lock();
  lock.unlock();
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  EXPECT_EQ(Kernel::calls_without_grant + Kernel::yields + Kernel::aborts, 0);
}

TYPED_TEST(LockProtocolTest, AFailedTryLeavesNoRequest) {
  TypeParam lock;
  this->AcquireElsewhere(lock);
  EXPECT_FALSE(lock.try_lock());
  EXPECT_FALSE(Kernel::word.requested());
  EXPECT_EQ(Kernel::thread.depth, 0);
}

TYPED_TEST(LockProtocolTest, AFailedTryInAnOuterSectionKeepsItsRequest) {
  TypeParam lock;
  this->AcquireElsewhere(lock);
  Platform::Section outer;
  EXPECT_FALSE(lock.try_lock());
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(LockProtocolTest, AGrantWhileHoldingIsEndedByOneYieldAtRelease) {
  TypeParam lock;
  lock.lock();
  ASSERT_TRUE(Kernel::Interrupt());
  lock.unlock();
  EXPECT_EQ(Kernel::yields, 1);
  EXPECT_EQ(Kernel::calls_without_grant + Kernel::aborts, 0);
}

TYPED_TEST(LockProtocolTest, TheYieldComesAfterTheRelease) {
  TypeParam lock;
  lock.lock();
  ASSERT_TRUE(Kernel::Interrupt());
  bool held_at_yield = true;
  Kernel::on_yield = [&] { held_at_yield = lock.held(); };
  lock.unlock();
  EXPECT_FALSE(held_at_yield) << "others wait for it meanwhile";
}

TYPED_TEST(LockProtocolTest, AWaiterHoldsNoRequestAndTheNextHolderDoes) {
  for (const int waits : {1, 50, 500}) {
    SCOPED_TRACE(waits);
    TypeParam lock;
    this->AcquireElsewhere(lock);
    Platform::waits = 0;
    this->FreeAtWait(lock, waits);
    lock.lock();
    EXPECT_GE(Platform::waits, 1);
    EXPECT_TRUE(Kernel::word.requested());
    EXPECT_EQ(Kernel::thread.depth, 1);
    lock.unlock();
    // What is left of the waiters' mark has been woken.
    this->SetFree(lock);
  }
}

TYPED_TEST(LockProtocolTest, AWaiterInAnOuterSectionHoldsNoRequestEither) {
  TypeParam lock;
  this->AcquireElsewhere(lock);
  this->FreeAtWait(lock, 500);
  {
    Platform::Section outer;
    lock.lock();
    EXPECT_EQ(Kernel::thread.depth, 2);
    EXPECT_TRUE(Kernel::word.requested());
    lock.unlock();
    EXPECT_TRUE(Kernel::word.requested());
  }
}

TYPED_TEST(LockProtocolTest, AWaiterEndsTheGrantOfItsOuterSectionFirst) {
  TypeParam lock;
  this->AcquireElsewhere(lock);
  this->FreeAtWait(lock, 1);
  Platform::Section outer;
  ASSERT_TRUE(Kernel::Interrupt());
  lock.lock();
  EXPECT_EQ(Kernel::yields, 1);
  lock.unlock();
}

class MutexProtocolTest : public LockProtocolTest<RawMutex<Platform>> {
 protected:
  // Holds `mutex` after having been parked, so that its release wakes.
  static void AcquireByParking(RawMutex<Platform>& mutex) {
    AcquireElsewhere(mutex);
    Platform::on_wait = [&mutex] {
      if (Platform::parks > 0) SetFree(mutex);
    };
    mutex.lock();
    ASSERT_GE(Platform::parks, 1);
  }
};

TEST_F(MutexProtocolTest, AReleaseThatWakesEndsItsGrantByTheWake) {
  RawMutex<Platform> mutex;
  AcquireByParking(mutex);
  ASSERT_TRUE(Kernel::Interrupt());
  mutex.unlock();
  EXPECT_EQ(Platform::wakes, 1);
  EXPECT_EQ(Kernel::aborts, 1);
  EXPECT_EQ(Kernel::yields, 0) << "one system call ends a grant, never two";
}

TEST_F(MutexProtocolTest, AWakeInAnOuterSectionRenewsItsRequest) {
  RawMutex<Platform> mutex;
  Platform::Section outer;
  AcquireByParking(mutex);
  mutex.unlock();
  EXPECT_EQ(Platform::wakes, 1);
  EXPECT_TRUE(Kernel::word.requested());
}

TEST_F(MutexProtocolTest, AReleaseWithoutParkedThreadsWakesNobody) {
  RawMutex<Platform> mutex;
  mutex.lock();
  mutex.unlock();
  EXPECT_EQ(Platform::wakes, 0);
}

}  // namespace
}  // namespace slicelock
