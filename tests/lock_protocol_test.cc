// The locks against a simulated kernel: what they request, when, and by which
// system call a grant ends.

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/raw_lock.h"
#include "tests/lock_word.h"
#include "tests/simulated_kernel.h"

namespace slicelock {
namespace {

// An atomic that holders only may change: in a section, and with the request
// set, unless the kernel has taken it away.
template <typename T, typename Kernel>
class HoldersAtomic : public std::atomic<T> {
 public:
  using std::atomic<T>::atomic;

  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order success,
                               std::memory_order failure) {
    ExpectSection("a try to acquire");
    return std::atomic<T>::compare_exchange_strong(expected, desired, success,
                                                   failure);
  }
  void store(T desired, std::memory_order order) {
    ExpectSection("a release");
    std::atomic<T>::store(desired, order);
  }

 private:
  static void ExpectSection(const char* what) {
    EXPECT_GT(Kernel::thread.sections.depth(), 0)
        << what << " outside a section";
    EXPECT_TRUE(Kernel::word.requested() || Kernel::word.granted())
        << what << " without a request";
  }
};

// An atomic after whose changes others may come.
template <typename T, typename Platform>
class WaitersAtomic : public std::atomic<T> {
 public:
  using std::atomic<T>::atomic;

  bool compare_exchange_weak(T& expected, T desired, std::memory_order order) {
    const bool changed =
        std::atomic<T>::compare_exchange_strong(expected, desired, order);
    if (changed && Platform::on_change != nullptr) Platform::on_change();
    return changed;
  }
};

// One thread stands for several: what the others do happens while this one
// waits, or has just changed the lock's waiters. Time passes only while it
// sleeps.
template <typename ControlWord>
struct SimulatedPlatform {
  using Kernel = testing::SimulatedKernel<ControlWord>;
  using Section = BasicSliceSection<Kernel>;
  template <typename T>
  using Atomic =
      std::conditional_t<std::is_same_v<T, uint8_t>, HoldersAtomic<T, Kernel>,
                         WaitersAtomic<T, SimulatedPlatform>>;

  static void Relax() { Wait(); }
  static int64_t Now() { return now; }
  static Wakeup Park(const void* word, uint32_t expected, uint32_t room,
                     int64_t nanoseconds) {
    if (memcmp(word, &expected, sizeof(expected)) != 0) return Wakeup::kEarly;
    parked_in = room;
    last_wake = 0;
    ++parks;
    Wait();
    parked_in = 0;
    Kernel::side.SystemCall(/*is_yield=*/false);
    if (last_wake == room) return Wakeup::kWoken;
    now += nanoseconds;
    return Wakeup::kTimeout;
  }
  static void WakeOne(const void*, uint32_t room) {
    last_wake = room;
    ++wakes;
    Kernel::side.SystemCall(/*is_yield=*/false);
  }

  static void Wait() {
    EXPECT_FALSE(Kernel::word.requested()) << "a waiter holds a request";
    EXPECT_FALSE(Kernel::word.granted()) << "a waiter keeps a grant";
    ++waits;
    if (on_wait != nullptr) on_wait();
  }

  static void Reset() {
    now = 0;
    parks = wakes = waits = 0;
    parked_in = last_wake = 0;
    on_wait = on_change = nullptr;
  }

  static inline int64_t now = 0;
  static inline int parks = 0;
  static inline int wakes = 0;
  static inline int waits = 0;
  static inline uint32_t parked_in = 0;
  static inline uint32_t last_wake = 0;
  static inline std::function<void()> on_wait;
  static inline std::function<void()> on_change;
};

template <typename Platform>
class LockProtocolTest : public ::testing::Test {
 protected:
  using TheKernel = typename Platform::Kernel;
  using TheSection = typename Platform::Section;
  using Lock = RawLock<Platform>;
  using TheWord = testing::LockWord<Lock>;

  LockProtocolTest() {
    TheKernel::Reset();
    Platform::Reset();
  }
  ~LockProtocolTest() override {
    EXPECT_EQ(TheKernel::thread.sections.depth(), 0)
        << "a section was not left";
    TheKernel::side.ExpectIdle("at the end");
    EXPECT_THAT(TheKernel::side.violations(), ::testing::IsEmpty());
  }

  // As if another thread did it: in no section of this one.
  static void AcquireElsewhere(Lock& lock) {
    TheWord::Set(lock, TheWord::kHeld);
  }
  static void ReleaseElsewhere(Lock& lock) {
    TheSection::Enter();
    lock.unlock();
  }

  // Makes `lock` come free at the `nth` wait.
  static void ReleaseAtWait(Lock& lock, int nth) {
    Platform::on_wait = [&lock, nth] {
      if (Platform::waits == nth) ReleaseElsewhere(lock);
    };
  }
  static void ReleaseAtPark(Lock& lock) {
    Platform::on_wait = [&lock] {
      if (Platform::parked_in != 0 && lock.held()) ReleaseElsewhere(lock);
    };
  }
};

using BytePlatform = SimulatedPlatform<rseq_abi::ByteControlWord>;
using BitPlatform = SimulatedPlatform<rseq_abi::BitControlWord>;
using Platforms = ::testing::Types<BytePlatform, BitPlatform>;
TYPED_TEST_SUITE(LockProtocolTest, Platforms);

TYPED_TEST(LockProtocolTest, TheHolderHasRequested) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  lock.lock();
  EXPECT_TRUE(Kernel::word.requested());
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, AFreeLockTakesNoSystemCall) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  lock.lock();
  lock.unlock();
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  EXPECT_EQ(Kernel::side.idle_yields + Kernel::side.other_calls +
                Kernel::side.yields + Kernel::side.aborts,
            0);
}

TYPED_TEST(LockProtocolTest, AFailedTryLeavesNoRequest) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  EXPECT_FALSE(lock.try_lock());
  EXPECT_FALSE(Kernel::word.requested());
  EXPECT_EQ(Kernel::thread.sections.depth(), 0);
}

TYPED_TEST(LockProtocolTest, AFailedTryInAnOuterSectionKeepsItsRequest) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  typename TypeParam::Section outer;
  EXPECT_FALSE(lock.try_lock());
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(LockProtocolTest, AGrantWhileHoldingIsEndedByOneYieldAtRelease) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  lock.lock();
  ASSERT_TRUE(Kernel::side.Interrupt());
  lock.unlock();
  EXPECT_EQ(Kernel::side.yields, 1);
  EXPECT_EQ(
      Kernel::side.idle_yields + Kernel::side.other_calls + Kernel::side.aborts,
      0);
}

TYPED_TEST(LockProtocolTest, TheYieldComesAfterTheRelease) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  lock.lock();
  ASSERT_TRUE(Kernel::side.Interrupt());
  bool held_at_yield = true;
  Kernel::on_yield = [&] { held_at_yield = lock.held(); };
  lock.unlock();
  EXPECT_FALSE(held_at_yield) << "others wait for it meanwhile";
}

TYPED_TEST(LockProtocolTest, AWaiterHoldsNoRequestAndTheNextHolderDoes) {
  using Kernel = typename TypeParam::Kernel;
  for (const int waits : {1, 50, 5000}) {
    SCOPED_TRACE(waits);
    typename TestFixture::Lock lock;
    this->AcquireElsewhere(lock);
    TypeParam::Reset();
    this->ReleaseAtWait(lock, waits);
    lock.lock();
    EXPECT_GE(TypeParam::waits, 1);
    EXPECT_TRUE(Kernel::word.requested());
    EXPECT_EQ(Kernel::thread.sections.depth(), 1);
    lock.unlock();
  }
}

TYPED_TEST(LockProtocolTest, AWaiterInAnOuterSectionHoldsNoRequestEither) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  this->ReleaseAtPark(lock);
  {
    typename TypeParam::Section outer;
    lock.lock();
    EXPECT_EQ(Kernel::thread.sections.depth(), 2);
    EXPECT_TRUE(Kernel::word.requested());
    lock.unlock();
    EXPECT_TRUE(Kernel::word.requested());
  }
}

TYPED_TEST(LockProtocolTest, AWaiterEndsTheGrantOfItsOuterSectionFirst) {
  using Kernel = typename TypeParam::Kernel;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  this->ReleaseAtWait(lock, 1);
  typename TypeParam::Section outer;
  ASSERT_TRUE(Kernel::side.Interrupt());
  lock.lock();
  EXPECT_EQ(Kernel::side.yields, 1);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, AReleaseThatWakesEndsItsGrantByTheWake) {
  using Kernel = typename TypeParam::Kernel;
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  lock.lock();
  Word::SetWaiters(lock, Word::kNapping);
  ASSERT_TRUE(Kernel::side.Interrupt());
  lock.unlock();
  EXPECT_EQ(TypeParam::wakes, 1);
  EXPECT_EQ(Kernel::side.aborts, 1);
  EXPECT_EQ(Kernel::side.yields, 0)
      << "one system call ends a grant, never two";
}

TYPED_TEST(LockProtocolTest, AWakeInAnOuterSectionRenewsItsRequest) {
  using Kernel = typename TypeParam::Kernel;
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  typename TypeParam::Section outer;
  lock.lock();
  Word::SetWaiters(lock, Word::kNapping);
  lock.unlock();
  EXPECT_EQ(TypeParam::wakes, 1);
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(LockProtocolTest, TheOnlyWaiterSleepsUntilTheRelease) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  this->ReleaseAtPark(lock);
  lock.lock();
  EXPECT_EQ(TypeParam::parks, 1);
  EXPECT_EQ(TypeParam::wakes, 1);
  EXPECT_EQ(TypeParam::now, 0) << "it was not woken";
  EXPECT_EQ(Word::watch(lock), Word::kNobody);
  lock.unlock();
  EXPECT_EQ(TypeParam::wakes, 1) << "nobody is left to wake";
}

TYPED_TEST(LockProtocolTest, AReleaseJustBeforeTheNapKeepsTheWatchmanAwake) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  this->ReleaseAtPark(lock);
  bool released = false;
  TypeParam::on_change = [&] {
    if (released || Word::watch(lock) != Word::kNapping) return;
    released = true;
    this->ReleaseElsewhere(lock);
    Word::Set(lock, Word::kHeld, Word::watch(lock));
  };
  lock.lock();
  EXPECT_TRUE(released);
  EXPECT_EQ(TypeParam::now, 0) << "it slept until its limit";
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, WhoWatchedAppointsASleeperAsItReleases) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in == 0) return;
    Word::SetWaiters(lock, Word::kNapping, /*sleepers=*/2);
    this->ReleaseElsewhere(lock);
  };
  lock.lock();
  EXPECT_EQ(TypeParam::last_wake, Word::kWatchman);
  EXPECT_EQ(Word::watch(lock), Word::kVacant);
  lock.unlock();
  EXPECT_EQ(TypeParam::last_wake, Word::kSleepers);
  EXPECT_EQ(TypeParam::wakes, 2);
  EXPECT_EQ(Word::watch(lock), Word::kAppointed);
  EXPECT_EQ(Word::sleepers(lock), 2) << "it is still on its way";
}

TYPED_TEST(LockProtocolTest, ASleeperThatIsAppointedWatchesAndAcquires) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kVacant, /*sleepers=*/1);
  bool slept = false;
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in != Word::kSleepers || slept) return;
    slept = true;
    EXPECT_EQ(Word::sleepers(lock), 2);
    this->ReleaseElsewhere(lock);
    EXPECT_EQ(Word::watch(lock), Word::kAppointed);
  };
  lock.lock();
  EXPECT_TRUE(slept);
  EXPECT_EQ(Word::watch(lock), Word::kVacant);
  EXPECT_EQ(Word::sleepers(lock), 1);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ALockThatNewcomersKeepIsClaimedAfterATurn) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  // Woken at a release, the watchman finds that a newcomer was faster.
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (Word::watch(lock) == Word::kNapping && TypeParam::parked_in != 0) {
      this->ReleaseElsewhere(lock);
      Word::Set(lock, Word::kHeld, Word::watch(lock));
    } else if (Word::watch(lock) == Word::kClaiming && lock.held()) {
      this->ReleaseElsewhere(lock);
      EXPECT_EQ(Word::owner(lock), Word::kReserved);
      EXPECT_FALSE(lock.try_lock()) << "a newcomer takes a reserved lock";
    }
  };
  lock.lock();
  EXPECT_EQ(TypeParam::wakes, 1) << "one who dozes is not woken";
  EXPECT_GE(TypeParam::now, Word::kTurn);
  EXPECT_LT(TypeParam::now, Word::kTurn * 11 / 10);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ABusyLockIsClaimedAfterManyReleases) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (Word::watch(lock) == Word::kNobody) return;
    if (TypeParam::parked_in != 0) {
      this->ReleaseElsewhere(lock);
      Word::Set(lock, Word::kHeld, Word::watch(lock));
    } else if (Word::watch(lock) == Word::kClaiming) {
      if (lock.held()) this->ReleaseElsewhere(lock);
    } else if (TypeParam::wakes > 0) {
      // Free at every fourth look, for one look.
      Word::Set(lock, TypeParam::waits % 4 == 0 ? Word::kFree : Word::kHeld,
                Word::watch(lock));
    }
  };
  lock.lock();
  EXPECT_GT(TypeParam::now, 0);
  EXPECT_LT(TypeParam::now, Word::kTurn);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, AClaimToALockThatIsKeptForLongStands) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kAppointed, /*sleepers=*/0);
  bool claimed = false;
  TypeParam::on_wait = [&] {
    claimed = claimed || Word::watch(lock) == Word::kClaiming;
    if (TypeParam::parked_in == 0 || !claimed) return;
    this->ReleaseElsewhere(lock);
    EXPECT_EQ(Word::owner(lock), Word::kReserved);
    EXPECT_EQ(TypeParam::last_wake, Word::kWatchman);
  };
  lock.lock();
  EXPECT_TRUE(claimed);
  lock.unlock();
}

// As in the child of a fork: the watchman is in another process.
TYPED_TEST(LockProtocolTest, ASleeperThatEverybodyForgotWatchesItself) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kWatching);
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in != 0 && lock.held()) this->ReleaseElsewhere(lock);
  };
  lock.lock();
  EXPECT_GE(TypeParam::now, Word::kSleepLimit);
  EXPECT_EQ(Word::watch(lock), Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ALockReservedForNobodyIsTakenAfterAMoment) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kReserved, Word::kClaiming);
  lock.lock();
  EXPECT_GT(TypeParam::now, 0);
  EXPECT_LT(TypeParam::now, Word::kTurn);
  EXPECT_EQ(Word::watch(lock), Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, SleepersOfALockThatIsHeldForLongSleepOn) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kWatching, /*sleepers=*/1);
  int times_asleep = 0;
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in == 0) return;
    EXPECT_EQ(TypeParam::parked_in, Word::kSleepers);
    if (++times_asleep == 10) this->ReleaseElsewhere(lock);
  };
  lock.lock();
  EXPECT_GE(TypeParam::now, 9 * Word::kSleepLimit);
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, OfTwoWatchmenOneGoesBackToSleep) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in == Word::kWatchman) {
      // The other has acquired the lock, and released it to a newcomer.
      Word::SetWaiters(lock, Word::kAppointed, /*sleepers=*/1);
    } else if (TypeParam::parked_in == Word::kSleepers) {
      EXPECT_EQ(Word::sleepers(lock), 2);
      Word::Set(lock, Word::kFree, Word::kNobody, /*sleepers=*/2);
    }
  };
  lock.lock();
  EXPECT_EQ(TypeParam::parks, 2);
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, WithTooManySleepersToCountAnotherComesBackSoon) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kWatching, Word::kMostSleepers);
  TypeParam::on_wait = [&] {
    if (TypeParam::now > 0 && lock.held()) this->ReleaseElsewhere(lock);
  };
  lock.lock();
  EXPECT_LT(TypeParam::now, Word::kTurn);
  EXPECT_EQ(Word::sleepers(lock), Word::kMostSleepers);
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

}  // namespace
}  // namespace slicelock
