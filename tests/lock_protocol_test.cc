// The locks against a simulated kernel: what they request, when, and by which
// system call a grant ends.

#include <atomic>
#include <cstdint>
#include <functional>
#include <new>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/raw_mutex.h"
#include "locks/raw_spinlock.h"
#include "tests/simulated_kernel.h"

namespace slicelock {
namespace {

// One thread stands for two: what the other holder does happens while this one
// waits.
template <typename ControlWord>
struct SimulatedPlatform {
  using Kernel = testing::SimulatedKernel<ControlWord>;
  template <typename T>
  using Atomic = std::atomic<T>;
  using Section = BasicSliceSection<Kernel>;

  static void Relax() { Wait(); }
  static void YieldCpu() {
    Wait();
    Kernel::side.SystemCall(/*is_yield=*/false);
  }
  static void Park(std::atomic<uint32_t>&, uint32_t) {
    ++parks;
    Wait();
    Kernel::side.SystemCall(/*is_yield=*/false);
  }
  static void WakeOne(std::atomic<uint32_t>&) {
    ++wakes;
    Kernel::side.SystemCall(/*is_yield=*/false);
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

template <typename Lock>
struct PlatformOf;
template <template <typename> typename Lock, typename Platform>
struct PlatformOf<Lock<Platform>> {
  using type = Platform;
};

template <typename Lock>
class LockProtocolTest : public ::testing::Test {
 protected:
  using ThePlatform = typename PlatformOf<Lock>::type;
  using TheKernel = typename ThePlatform::Kernel;

  LockProtocolTest() {
    TheKernel::Reset();
    ThePlatform::parks = ThePlatform::wakes = ThePlatform::waits = 0;
    ThePlatform::on_wait = nullptr;
  }
  ~LockProtocolTest() override {
    EXPECT_EQ(TheKernel::thread.depth, 0) << "a section was not left";
    TheKernel::side.ExpectIdle("at the end");
    EXPECT_THAT(TheKernel::side.violations(), ::testing::IsEmpty());
  }

  // Makes `lock`, held by the test, come free at the `nth` wait.
  static void FreeAtWait(Lock& lock, int nth) {
    ThePlatform::on_wait = [&lock, nth] {
      if (ThePlatform::waits == nth) SetFree(lock);
    };
  }

  // As if another thread had acquired it: in no section of this one.
  static void AcquireElsewhere(Lock& lock) {
    ASSERT_TRUE(lock.try_lock());
    ThePlatform::Section::Leave();
  }

  static void SetFree(Lock& lock) { new (&lock) Lock(); }
};

using BytePlatform = SimulatedPlatform<rseq_abi::ByteControlWord>;
using BitPlatform = SimulatedPlatform<rseq_abi::BitControlWord>;
using Locks =
    ::testing::Types<RawSpinLock<BytePlatform>, RawMutex<BytePlatform>,
                     RawSpinLock<BitPlatform>, RawMutex<BitPlatform>>;
TYPED_TEST_SUITE(LockProtocolTest, Locks);

TYPED_TEST(LockProtocolTest, TheHolderHasRequested) {
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  lock.lock();
  EXPECT_TRUE(Kernel::word.requested());
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, AFreeLockTakesNoSystemCall) {
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  lock.lock();
  lock.unlock();
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  EXPECT_EQ(Kernel::side.idle_yields + Kernel::side.other_calls +
                Kernel::side.yields + Kernel::side.aborts,
            0);
}

TYPED_TEST(LockProtocolTest, AFailedTryLeavesNoRequest) {
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  this->AcquireElsewhere(lock);
  EXPECT_FALSE(lock.try_lock());
  EXPECT_FALSE(Kernel::word.requested());
  EXPECT_EQ(Kernel::thread.depth, 0);
}

TYPED_TEST(LockProtocolTest, AFailedTryInAnOuterSectionKeepsItsRequest) {
  using Platform = typename TestFixture::ThePlatform;
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  this->AcquireElsewhere(lock);
  typename Platform::Section outer;
  EXPECT_FALSE(lock.try_lock());
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(LockProtocolTest, AGrantWhileHoldingIsEndedByOneYieldAtRelease) {
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  lock.lock();
  ASSERT_TRUE(Kernel::side.Interrupt());
  lock.unlock();
  EXPECT_EQ(Kernel::side.yields, 1);
  EXPECT_EQ(
      Kernel::side.idle_yields + Kernel::side.other_calls + Kernel::side.aborts,
      0);
}

TYPED_TEST(LockProtocolTest, TheYieldComesAfterTheRelease) {
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  lock.lock();
  ASSERT_TRUE(Kernel::side.Interrupt());
  bool held_at_yield = true;
  Kernel::on_yield = [&] { held_at_yield = lock.held(); };
  lock.unlock();
  EXPECT_FALSE(held_at_yield) << "others wait for it meanwhile";
}

TYPED_TEST(LockProtocolTest, AWaiterHoldsNoRequestAndTheNextHolderDoes) {
  using Platform = typename TestFixture::ThePlatform;
  using Kernel = typename TestFixture::TheKernel;
  for (const int waits : {1, 50, 5000}) {
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
  using Platform = typename TestFixture::ThePlatform;
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  this->AcquireElsewhere(lock);
  this->FreeAtWait(lock, 5000);
  {
    typename Platform::Section outer;
    lock.lock();
    EXPECT_EQ(Kernel::thread.depth, 2);
    EXPECT_TRUE(Kernel::word.requested());
    lock.unlock();
    EXPECT_TRUE(Kernel::word.requested());
  }
}

TYPED_TEST(LockProtocolTest, AWaiterEndsTheGrantOfItsOuterSectionFirst) {
  using Platform = typename TestFixture::ThePlatform;
  using Kernel = typename TestFixture::TheKernel;
  TypeParam lock;
  this->AcquireElsewhere(lock);
  this->FreeAtWait(lock, 1);
  typename Platform::Section outer;
  ASSERT_TRUE(Kernel::side.Interrupt());
  lock.lock();
  EXPECT_EQ(Kernel::side.yields, 1);
  lock.unlock();
}

template <typename Mutex>
class MutexProtocolTest : public LockProtocolTest<Mutex> {
 protected:
  using ThePlatform = typename PlatformOf<Mutex>::type;

  // Holds `mutex` after having been parked, so that its release wakes.
  static void AcquireByParking(Mutex& mutex) {
    MutexProtocolTest::AcquireElsewhere(mutex);
    ThePlatform::on_wait = [&mutex] {
      if (ThePlatform::parks > 0) MutexProtocolTest::SetFree(mutex);
    };
    mutex.lock();
    ASSERT_GE(ThePlatform::parks, 1);
  }
};

using Mutexes = ::testing::Types<RawMutex<BytePlatform>, RawMutex<BitPlatform>>;
TYPED_TEST_SUITE(MutexProtocolTest, Mutexes);

TYPED_TEST(MutexProtocolTest, AReleaseThatWakesEndsItsGrantByTheWake) {
  using Platform = typename TestFixture::ThePlatform;
  using Kernel = typename TestFixture::TheKernel;
  TypeParam mutex;
  this->AcquireByParking(mutex);
  ASSERT_TRUE(Kernel::side.Interrupt());
  mutex.unlock();
  EXPECT_EQ(Platform::wakes, 1);
  EXPECT_EQ(Kernel::side.aborts, 1);
  EXPECT_EQ(Kernel::side.yields, 0)
      << "one system call ends a grant, never two";
}

TYPED_TEST(MutexProtocolTest, AWakeInAnOuterSectionRenewsItsRequest) {
  using Platform = typename TestFixture::ThePlatform;
  using Kernel = typename TestFixture::TheKernel;
  TypeParam mutex;
  typename Platform::Section outer;
  this->AcquireByParking(mutex);
  mutex.unlock();
  EXPECT_EQ(Platform::wakes, 1);
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(MutexProtocolTest, AReleaseWithoutParkedThreadsWakesNobody) {
  using Platform = typename TestFixture::ThePlatform;
  TypeParam mutex;
  mutex.lock();
  mutex.unlock();
  EXPECT_EQ(Platform::wakes, 0);
}

}  // namespace
}  // namespace slicelock
