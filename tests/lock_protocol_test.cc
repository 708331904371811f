// The locks against a simulated kernel: what they request, when, and by which
// system call a grant ends.

#include <cstdint>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/core/raw_lock.h"
#include "tests/lock_word.h"
#include "tests/simulated_platform.h"

namespace slicelock {
namespace {

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
  // ...while the watchman looks.
  static void ReleaseAtWatch(Lock& lock) {
    Platform::on_wait = [&lock] {
      if (TheWord::watch(lock) == TheWord::kWatching && lock.held()) {
        ReleaseElsewhere(lock);
      }
    };
  }
  static void ReleaseAtPark(Lock& lock) {
    Platform::on_wait = [&lock] {
      if (Platform::parked_in != 0 && lock.held()) ReleaseElsewhere(lock);
    };
  }

  // Acquires and releases `lock`, while others do so all the time: so often in
  // each kDoze of this thread's sleep. Returns how often until its claim.
  // Before the first it naps for `nap`.
  int64_t LockWhileBusy(Lock& lock, int releases_per_doze, int64_t nap = 0) {
    int64_t releases = 0, looks = 0;
    AcquireElsewhere(lock);
    Platform::on_wait = [&] {
      if (Platform::parked_in != 0) {
        if (TheWord::watch(lock) == TheWord::kNapping) Platform::now += nap;
        if (TheWord::watch(lock) == TheWord::kCounting) {
          releases_counted = true;
        }
        const int64_t more =
            releases_per_doze * Platform::parked_for / TheWord::kDoze;
        for (int64_t i = 0; i < more && Platform::last_wake == 0; ++i) {
          ++releases;
          ReleaseElsewhere(lock);
          TheWord::SetOwner(lock, TheWord::kHeld);
        }
      } else if (TheWord::watch(lock) == TheWord::kClaiming) {
        if (lock.held()) ReleaseElsewhere(lock);
      } else if (releases > 0) {
        const bool free = looks++ % 5 < free_of_five_looks;
        TheWord::SetOwner(lock, free ? TheWord::kFree : TheWord::kHeld);
      }
    };
    lock.lock();
    lock.unlock();
    return releases;
  }
  // Whether any of these releases counted.
  bool releases_counted = false;
  // So often a watchman finds the lock free between them.
  int free_of_five_looks = 0;
};

TYPED_TEST_SUITE(LockProtocolTest, testing::SimulatedPlatforms);

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

TYPED_TEST(LockProtocolTest, AReleaseThatWakesEndsItsGrantByTheWakeIfItCan) {
  using Kernel = typename TypeParam::Kernel;
  constexpr int kYields = Kernel::ControlWord::kEndsByYieldOnly ? 1 : 0;
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  lock.lock();
  Word::SetWaiters(lock, Word::kNapping);
  ASSERT_TRUE(Kernel::side.Interrupt());
  lock.unlock();
  EXPECT_EQ(TypeParam::wakes, 1);
  EXPECT_EQ(Kernel::side.yields, kYields)
      << "one system call ends a grant, never two";
  EXPECT_EQ(Kernel::side.aborts, 1 - kYields);
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

TYPED_TEST(LockProtocolTest, OneReleaseEndsANapAndTheNextWakesNobody) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kNapping);
  for (int i = 0; i < 2; ++i) {
    Word::SetOwner(lock, Word::kHeld);
    this->ReleaseElsewhere(lock);
    EXPECT_EQ(TypeParam::wakes, 1);
    EXPECT_EQ(TypeParam::last_wake, Word::kWatchman);
  }
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
  EXPECT_GE(TypeParam::now, Word::kShortTurn);
  EXPECT_LT(TypeParam::now, Word::kShortTurn * 11 / 10);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ABusyLockIsClaimedAfterManyReleases) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  const int64_t releases =
      this->LockWhileBusy(lock, Word::kReleasesPerTurn / 4);
  EXPECT_LT(TypeParam::now, Word::kShortTurn);
  EXPECT_LE(TypeParam::parks, 3) << "it counts, and knows the turn's end soon";
  EXPECT_GE(releases, Word::kReleasesPerTurn * 3 / 4);
  EXPECT_LE(releases, Word::kReleasesPerTurn * 3 / 2);
}

TYPED_TEST(LockProtocolTest, ATurnIsAsLongAfterANap) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  const int64_t releases = this->LockWhileBusy(lock, Word::kReleasesPerTurn / 4,
                                               Word::kNapLimit / 2);
  EXPECT_GE(releases, Word::kReleasesPerTurn * 3 / 4);
  EXPECT_LE(releases, Word::kReleasesPerTurn * 3 / 2);
}

TYPED_TEST(LockProtocolTest, ATurnOfShortSectionsHasMoreOfThem) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  const int64_t releases = this->LockWhileBusy(lock, Word::kReleasesPerTurn);
  EXPECT_GE(TypeParam::now, Word::kLeastTurn);
  EXPECT_LT(TypeParam::now, Word::kLeastTurn * 5 / 4);
  EXPECT_GT(releases, 4 * Word::kReleasesPerTurn);
}

TYPED_TEST(LockProtocolTest, MoreReleasesThanCanBeCountedEndATurn) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  constexpr int64_t kLate = 3 * Word::kShortTurn / 2;
  bool napped = false;
  int looks = 0;
  TypeParam::on_wait = [&] {
    if (Word::watch(lock) == Word::kNapping && TypeParam::parked_in != 0) {
      this->ReleaseElsewhere(lock);
      Word::SetOwner(lock, Word::kHeld);
      napped = true;
    } else if (napped && Word::watch(lock) == Word::kWatching) {
      Word::SetOwner(lock, ++looks % 10 != 0 ? Word::kFree : Word::kHeld);
    } else if (Word::watch(lock) == Word::kCounting && TypeParam::now == 0) {
      for (int i = 0; i < 2 * Word::kReleasesPerTurn; ++i) {
        this->ReleaseElsewhere(lock);
        Word::SetOwner(lock, Word::kHeld);
      }
      TypeParam::now += kLate;
    } else if (Word::watch(lock) == Word::kClaiming && lock.held()) {
      this->ReleaseElsewhere(lock);
    }
  };
  lock.lock();
  EXPECT_LE(TypeParam::now, kLate * 11 / 10);
  EXPECT_EQ(Word::turn(lock), kLate) << "the count started over";
  EXPECT_GE(looks, Word::kWatchLooks);
  EXPECT_EQ(Word::slack(lock), 0) << "who knows how short the pauses are?";
  lock.unlock();
}

TYPED_TEST(LockProtocolTest,
           WhatAnEarlierWatchmanFoundOutIsSeldomCountedAgain) {
  using Word = typename TestFixture::TheWord;
  constexpr int kTurns = 64;
  constexpr int kDozesInTurn = 16;
  typename TestFixture::Lock lock;
  int counted = 0;
  for (int i = 0; i < kTurns; ++i) {
    SCOPED_TRACE(i);
    TypeParam::Reset();
    this->releases_counted = false;
    this->LockWhileBusy(lock, Word::kReleasesPerTurn / kDozesInTurn);
    EXPECT_TRUE(this->releases_counted || i > 0) << "it cannot know";
    if (this->releases_counted) ++counted;
    EXPECT_GE(TypeParam::now, kDozesInTurn * Word::kDoze * 3 / 4);
    EXPECT_LE(TypeParam::now, kDozesInTurn * Word::kDoze * 3 / 2);
  }
  EXPECT_GE(counted, kTurns / Word::kTurnsPerCount / 2) << "paces change";
  EXPECT_LE(counted, kTurns / Word::kTurnsPerCount * 2);
}

TYPED_TEST(LockProtocolTest, ACountThatIsCutShortLeavesWhatWasKnown) {
  using Word = typename TestFixture::TheWord;
  for (const int64_t turn : {Word::kShortTurn / 4, Word::kShortTurn * 3 / 2}) {
    // At one of the first looks, or after a doze, having been seen in use.
    for (const int looks : {1, Word::kWatchLooks + 2}) {
      for (const int slack : {0, 1}) {
        SCOPED_TRACE(turn);
        SCOPED_TRACE(looks);
        SCOPED_TRACE(slack);
        typename TestFixture::Lock lock;
        Word::SetTurn(lock, turn);
        Word::SetSlack(lock, slack);
        for (int i = 0; i < 8 * Word::kTurnsPerCount; ++i) {
          SCOPED_TRACE(i);
          Word::Set(lock, Word::kHeld, Word::kAppointed);
          int looked = 0;
          TypeParam::on_wait = [&] {
            if (Word::watch(lock) == Word::kAppointed) return;
            if (++looked > looks && lock.held()) this->ReleaseElsewhere(lock);
          };
          lock.lock();
          EXPECT_EQ(Word::turn(lock), turn);
          if (turn < Word::kShortTurn) {
            EXPECT_EQ(Word::slack(lock), slack) << "that is for counts to tell";
          }
          lock.unlock();
        }
      }
    }
  }
}

TYPED_TEST(LockProtocolTest, ReleasesThatAreChargedHaveToBeNoticed) {
  using Word = typename TestFixture::TheWord;
  for (const bool turn_is_known : {false, true}) {
    SCOPED_TRACE(turn_is_known);
    typename TestFixture::Lock lock;
    TypeParam::Reset();
    TypeParam::charged = true;
    if (turn_is_known) Word::SetTurn(lock, Word::kShortTurn);
    this->LockWhileBusy(lock, Word::kReleasesPerTurn / 4);
    EXPECT_GE(TypeParam::parks, 4) << "it leaves a turn to itself";
  }
}

TYPED_TEST(LockProtocolTest, ATurnIsLongIfThatMakesItsReleases) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->LockWhileBusy(lock, 100);
  EXPECT_GE(TypeParam::now, Word::kShortTurn * 5 / 4);
  EXPECT_LT(TypeParam::now, Word::kLongTurn / 2);
}

TYPED_TEST(LockProtocolTest, ATurnIsShortIfALongOneDidNot) {
  using Word = typename TestFixture::TheWord;
  for (const int releases_per_doze : {1, 10}) {
    SCOPED_TRACE(releases_per_doze);
    typename TestFixture::Lock lock;
    TypeParam::Reset();
    this->LockWhileBusy(lock, releases_per_doze);
    EXPECT_GE(TypeParam::now, Word::kShortTurn);
    EXPECT_LT(TypeParam::now, Word::kShortTurn * 5 / 4);
  }
}

TYPED_TEST(LockProtocolTest, WhereLinesAreFastTheFirstLooksTakeNoClock) {
  constexpr int kLocks = 2048;
  for (const bool fast : {false, true}) {
    SCOPED_TRACE(fast);
    int with_clock = 0, timed = 0;
    for (int i = 0; i < kLocks; ++i) {
      typename TestFixture::Lock lock;
      TypeParam::Reset();
      TypeParam::lines_are_fast = fast;
      this->AcquireElsewhere(lock);
      this->ReleaseAtWait(lock, 3);
      lock.lock();
      lock.unlock();
      if (TypeParam::clock_reads != 0) ++with_clock;
      timed += TypeParam::lines_timed;
    }
    EXPECT_GE(timed, 1) << "lines do not stay as fast as they were";
    EXPECT_LE(timed, kLocks / 64);
    EXPECT_EQ(with_clock, fast ? timed : kLocks);
  }
}

TYPED_TEST(LockProtocolTest, WhereLinesAreFastLongerWaitsAreAsElsewhere) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  TypeParam::lines_are_fast = true;
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (TypeParam::waits <= Word::kQuickLooks) {
      EXPECT_EQ(TypeParam::clock_reads, 0);
    }
    if (TypeParam::parked_in != 0 && lock.held()) {
      EXPECT_EQ(TypeParam::waits,
                Word::kQuickLooks + Word::kLooks + Word::kWatchLooks + 1);
      this->ReleaseElsewhere(lock);
    }
  };
  lock.lock();
  EXPECT_EQ(TypeParam::parks, 1);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, WhoComesToACrowdedLockSleepsWithoutALook) {
  using Word = typename TestFixture::TheWord;
  for (const auto watch : {Word::kWatching, Word::kVacant, Word::kAppointed}) {
    for (const bool fast : {false, true}) {
      SCOPED_TRACE(watch);
      SCOPED_TRACE(fast);
      typename TestFixture::Lock lock;
      TypeParam::Reset();
      TypeParam::lines_are_fast = fast;
      Word::Set(lock, Word::kHeld, watch, /*sleepers=*/1);
      TypeParam::on_wait = [&] {
        if (TypeParam::waits > 1) return;
        EXPECT_EQ(TypeParam::parked_in, Word::kSleepers);
        Word::Set(lock, Word::kFree, Word::kNobody, /*sleepers=*/2);
      };
      lock.lock();
      EXPECT_GE(TypeParam::waits, 1);
      Word::SetWaiters(lock, Word::kNobody);
      lock.unlock();
    }
  }
}

TYPED_TEST(LockProtocolTest, WhoComesToACrowdedLockWithSlackLooksForIt) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kWatching, /*sleepers=*/1);
  Word::SetSlack(lock, 1);
  this->ReleaseAtWait(lock, 2);
  lock.lock();
  EXPECT_EQ(TypeParam::parks, 0);
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, WhoHasLookedForLongEnoughSleeps) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kWatching, /*sleepers=*/1);
  Word::SetSlack(lock, 1);
  constexpr int kLooks = 4;
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in != 0) {
      EXPECT_EQ(TypeParam::waits, kLooks + 1);
      Word::Set(lock, Word::kFree, Word::kNobody, /*sleepers=*/2);
    }
    TypeParam::now += Word::kLookTime / kLooks;
  };
  lock.lock();
  EXPECT_EQ(TypeParam::parks, 1);
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ALockThatIsUsedAndThenLeftAloneHasSlack) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kAppointed);
  this->ReleaseAtWatch(lock);
  lock.lock();
  EXPECT_EQ(Word::slack(lock), Word::kMostSlack);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ALockThatOnlyOneWaitsForNeedsNoSlack) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  this->ReleaseAtWatch(lock);
  lock.lock();
  EXPECT_EQ(Word::slack(lock), 0);
  lock.unlock();
}

// The watchman may have taken the CPU of whoever uses the lock.
TYPED_TEST(LockProtocolTest, ALockThatIsOnlyFoundLeftAloneHasNoSlack) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kAppointed);
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in == Word::kWatchman) {
      Word::SetOwner(lock, Word::kFree);
    }
  };
  lock.lock();
  EXPECT_EQ(Word::slack(lock), 0);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, PausesThatPayForAHandOverAreSlack) {
  using Word = typename TestFixture::TheWord;
  constexpr struct {
    int releases_per_doze;
    int free_of_five_looks;
    bool where_lines_are_fast, where_they_are_slow;
  } kCases[] = {
      {Word::kReleasesPerTurn / 4, 0, false, false},
      {Word::kReleasesPerTurn / 4, 1, false, false},
      {Word::kReleasesPerTurn / 4, 3, true, false},
      {Word::kReleasesPerTurn / 20, 0, false, false},
      {Word::kReleasesPerTurn / 20, 1, true, false},
      {Word::kReleasesPerTurn / 20, 3, true, true},
      {2, 0, false, false},
      {2, 1, true, true},
  };
  for (const auto& one : kCases) {
    for (const bool fast : {false, true}) {
      SCOPED_TRACE(one.releases_per_doze);
      SCOPED_TRACE(one.free_of_five_looks);
      SCOPED_TRACE(fast ? "lines are fast" : "lines are slow");
      typename TestFixture::Lock lock;
      TypeParam::Reset();
      TypeParam::lines_are_fast = fast;
      this->free_of_five_looks = one.free_of_five_looks;
      this->LockWhileBusy(lock, one.releases_per_doze);
      const bool pays =
          fast ? one.where_lines_are_fast : one.where_they_are_slow;
      EXPECT_EQ(Word::slack(lock), pays ? Word::kMostSlack : 0);
    }
  }
}

TYPED_TEST(LockProtocolTest, EachCountThatDoesNotShowSlackTakesSome) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::SetSlack(lock, 2);
  for (const int left : {1, 0, 0}) {
    Word::ForgetTurn(lock);
    this->LockWhileBusy(lock, Word::kReleasesPerTurn / 32);
    EXPECT_EQ(Word::slack(lock), left);
  }
}

TYPED_TEST(LockProtocolTest, TurnsThatDoNotCountLeaveSlackAsItIs) {
  using Word = typename TestFixture::TheWord;
  constexpr int kSlack = 2;
  int uncounted = 0;
  typename TestFixture::Lock lock;
  for (int i = 0; i < 8; ++i) {
    Word::SetTurn(lock, 2 * Word::kShortTurn);
    Word::SetSlack(lock, kSlack);
    TypeParam::Reset();
    this->releases_counted = false;
    this->LockWhileBusy(lock, Word::kReleasesPerTurn / 32);
    if (this->releases_counted) continue;
    ++uncounted;
    EXPECT_EQ(Word::slack(lock), kSlack);
  }
  EXPECT_GT(uncounted, 0);
}

TYPED_TEST(LockProtocolTest, AWatchmanUsesSlack) {
  using Word = typename TestFixture::TheWord;
  for (const int slack : {0, 1}) {
    SCOPED_TRACE(slack);
    typename TestFixture::Lock lock;
    TypeParam::Reset();
    Word::SetSlack(lock, slack);
    Word::Set(lock, Word::kHeld, Word::kAppointed);
    // Free for eight looks of nine.
    int looks = 0;
    TypeParam::on_wait = [&] {
      const auto watch = Word::watch(lock);
      if (TypeParam::parked_in != 0 || watch == Word::kAppointed) return;
      ++looks;
      if (watch == Word::kClaiming) return;
      Word::SetOwner(lock, looks % 9 == 0 ? Word::kHeld : Word::kFree);
    };
    lock.lock();
    if (slack != 0) {
      EXPECT_LT(looks, 9) << "there was room for it";
      EXPECT_EQ(Word::slack(lock), slack) << "so few looks show no slack";
    } else {
      EXPECT_GT(looks, Word::kWatchLooks) << "it is in its user's way";
    }
    Word::SetWaiters(lock, Word::kNobody);
    lock.unlock();
  }
}

TYPED_TEST(LockProtocolTest, WhoReservesALockCallsASleeper) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  for (const int sleepers : {0, 1, 2}) {
    SCOPED_TRACE(sleepers);
    Word::Set(lock, Word::kHeld, Word::kClaiming, sleepers);
    TypeParam::Reset();
    this->ReleaseElsewhere(lock);
    EXPECT_EQ(Word::owner(lock), Word::kReserved);
    EXPECT_EQ(Word::watch(lock),
              sleepers > 0 ? Word::kRelieved : Word::kClaiming);
    EXPECT_EQ(TypeParam::wakes, sleepers > 0 ? 1 : 0);
    // A newcomer that takes it by mistake gives it back, and calls nobody.
    Word::SetOwner(lock, Word::kHeld);
    this->ReleaseElsewhere(lock);
    EXPECT_EQ(Word::owner(lock), Word::kReserved);
    EXPECT_EQ(TypeParam::wakes, sleepers > 0 ? 1 : 0);
  }
}

TYPED_TEST(LockProtocolTest, ARelievedWatchmanHasNobodyToAppoint) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (Word::watch(lock) == Word::kNapping && TypeParam::parked_in != 0) {
      Word::SetWaiters(lock, Word::kNapping, /*sleepers=*/1);
    } else if (Word::watch(lock) == Word::kClaiming && lock.held()) {
      this->ReleaseElsewhere(lock);
    }
  };
  lock.lock();
  EXPECT_EQ(Word::watch(lock), Word::kAppointed);
  EXPECT_EQ(TypeParam::wakes, 1);
  lock.unlock();
  EXPECT_EQ(TypeParam::wakes, 1) << "two have been called";
}

TYPED_TEST(LockProtocolTest, AWatchmanThatIsRelievedAsItFallsAsleepStaysSo) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (Word::watch(lock) == Word::kClaiming) {
      // The holder is about to reserve the lock.
      Word::SetWaiters(lock, Word::kRelieved, /*sleepers=*/1);
    } else if (Word::watch(lock) == Word::kRelieved && lock.held() &&
               TypeParam::parked_in == Word::kWatchman) {
      EXPECT_EQ(TypeParam::parked_for, Word::kDoze);
      Word::SetOwner(lock, Word::kReserved);
    }
  };
  lock.lock();
  EXPECT_EQ(Word::watch(lock), Word::kAppointed) << "it has forgotten";
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ASleeperOfALockThatWasReservedIsNotForgotten) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kReserved, Word::kAwaiting, /*sleepers=*/1);
  TypeParam::on_wait = [&] {
    EXPECT_EQ(TypeParam::parked_for, Word::kAppointmentLimit);
    Word::Set(lock, Word::kFree, Word::kWatching, Word::sleepers(lock));
  };
  lock.lock();
  EXPECT_EQ(Word::watch(lock), Word::kWatching) << "it is another's watch";
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

// It is called, and the one it relieves has not gone yet.
TYPED_TEST(LockProtocolTest, ASleeperThatIsCalledEarlyIsStillTheNextWatchman) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kClaiming, /*sleepers=*/2);
  int sleeps = 0;
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in != Word::kSleepers) return;
    if (++sleeps == 1) {
      this->ReleaseElsewhere(lock);
      EXPECT_EQ(Word::watch(lock), Word::kRelieved);
      return;
    }
    EXPECT_EQ(Word::watch(lock), Word::kRelieved) << "it has gone";
    EXPECT_EQ(TypeParam::parked_for, Word::kAppointmentLimit);
    TypeParam::signalled = true;
    Word::Set(lock, Word::kFree, Word::kAppointed, Word::sleepers(lock));
  };
  lock.lock();
  EXPECT_EQ(sleeps, 2) << "it leaves the watch to others, who sleep";
  EXPECT_EQ(Word::watch(lock), Word::kVacant);
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ASleeperWhoseTimeIsUpTakesItsCallBack) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kRelieved, /*sleepers=*/1);
  EXPECT_FALSE(lock.lock_until(1));
  EXPECT_EQ(Word::watch(lock), Word::kClaiming);
}

TYPED_TEST(LockProtocolTest, AnAppointmentIsLeftToOthersForAWhile) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kAppointed, /*sleepers=*/1);
  int64_t taken_at = 0;
  TypeParam::on_wait = [&] {
    if (Word::watch(lock) == Word::kAppointed) return;
    taken_at = TypeParam::now;
    Word::SetOwner(lock, Word::kFree);
  };
  lock.lock();
  EXPECT_EQ(taken_at, 4 * Word::kAppointmentLimit);
  Word::SetWaiters(lock, Word::kNobody);
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
  EXPECT_LT(TypeParam::now, Word::kShortTurn);
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

TYPED_TEST(LockProtocolTest, NobodyFallsAsleepBesideALockThatHasComeFree) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kWatching, /*sleepers=*/1);
  TypeParam::on_change = [&] {
    if (Word::sleepers(lock) == 2 && lock.held()) this->ReleaseElsewhere(lock);
  };
  lock.lock();
  EXPECT_EQ(TypeParam::parks, 0);
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
  EXPECT_LT(TypeParam::now, Word::kShortTurn);
  EXPECT_EQ(Word::sleepers(lock), Word::kMostSleepers);
  Word::SetWaiters(lock, Word::kNobody);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ANewcomerGivesAReservedLockBack) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kReserved, Word::kAwaiting);
  TypeParam::on_wait = [&] {
    if (TypeParam::waits > 1) return;
    EXPECT_EQ(Word::owner(lock), Word::kReserved);
    EXPECT_EQ(Word::watch(lock), Word::kClaiming);
    EXPECT_EQ(TypeParam::wakes, 1);
    Word::Set(lock, Word::kFree, Word::kNobody, Word::sleepers(lock));
  };
  lock.lock();
  EXPECT_GE(TypeParam::waits, 1);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, ALockReservedForNobodyIsAsGoodAsFree) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kReserved);
  lock.lock();
  lock.unlock();
  Word::Set(lock, Word::kReserved);
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  EXPECT_EQ(TypeParam::waits, 0);
}

TYPED_TEST(LockProtocolTest, ATryEndsWithItsTime) {
  using Kernel = typename TypeParam::Kernel;
  using Word = typename TestFixture::TheWord;
  constexpr int64_t kLimits[] = {0, 1, 100'000, 5'000'000, 2'000'000'000};
  for (const int64_t limit : kLimits) {
    for (const auto watch : {Word::kNobody, Word::kWatching, Word::kVacant}) {
      SCOPED_TRACE(limit);
      SCOPED_TRACE(watch);
      const int sleepers = watch == Word::kVacant ? 1 : 0;
      typename TestFixture::Lock lock;
      Word::Set(lock, Word::kHeld, watch, sleepers);
      TypeParam::Reset();
      EXPECT_FALSE(lock.lock_until(limit));
      EXPECT_EQ(TypeParam::now, limit);
      EXPECT_EQ(Word::watch(lock), watch);
      EXPECT_EQ(Word::sleepers(lock), sleepers) << "it is counted still";
      EXPECT_EQ(Kernel::thread.sections.depth(), 0);
    }
  }
}

TYPED_TEST(LockProtocolTest, ATryWithTimeLeftAcquires) {
  typename TestFixture::Lock lock;
  ASSERT_TRUE(lock.lock_until(0));
  lock.unlock();
  this->AcquireElsewhere(lock);
  this->ReleaseAtPark(lock);
  typename TypeParam::Section outer;
  ASSERT_TRUE(lock.lock_until(1'000'000'000));
  EXPECT_EQ(TypeParam::Kernel::thread.sections.depth(), 2);
  lock.unlock();
}

TYPED_TEST(LockProtocolTest, AWatchmanWhoseTimeIsUpAppointsASleeper) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  this->AcquireElsewhere(lock);
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in == Word::kWatchman) {
      Word::SetWaiters(lock, Word::watch(lock), /*sleepers=*/1);
    }
  };
  // Once as it naps, once as its claim stands.
  for (const int64_t limit : {int64_t{1'000'000}, 2 * Word::kShortTurn}) {
    SCOPED_TRACE(limit);
    Word::SetWaiters(lock, Word::kNobody);
    TypeParam::last_wake = 0;
    EXPECT_FALSE(lock.lock_until(TypeParam::now + limit));
    EXPECT_EQ(Word::watch(lock), Word::kAppointed);
    EXPECT_EQ(TypeParam::last_wake, Word::kSleepers);
  }
}

TYPED_TEST(LockProtocolTest, ASleeperWhoseTimeIsUpPassesItsAppointmentOn) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  Word::Set(lock, Word::kHeld, Word::kWatching, /*sleepers=*/1);
  TypeParam::on_wait = [&] {
    if (TypeParam::parked_in != Word::kSleepers) return;
    Word::SetWaiters(lock, Word::kAppointed, Word::sleepers(lock));
  };
  EXPECT_FALSE(lock.lock_until(1'000'000));
  EXPECT_EQ(Word::watch(lock), Word::kAppointed);
  EXPECT_EQ(Word::sleepers(lock), 1);
  EXPECT_EQ(TypeParam::last_wake, Word::kSleepers);
}

TYPED_TEST(LockProtocolTest, TheAttentionBitChangesNothingElse) {
  using Word = typename TestFixture::TheWord;
  typename TestFixture::Lock lock;
  lock.lock();
  EXPECT_FALSE(lock.more_to_release());
  lock.SetAttention();
  EXPECT_TRUE(lock.attention() && lock.more_to_release());
  EXPECT_EQ(Word::watch(lock), Word::kNobody);
  lock.unlock();
  EXPECT_TRUE(lock.attention());
  this->AcquireElsewhere(lock);
  this->ReleaseAtPark(lock);
  lock.lock();
  EXPECT_TRUE(lock.attention());
  lock.ClearAttention();
  EXPECT_FALSE(lock.more_to_release());
  lock.unlock();
}

}  // namespace
}  // namespace slicelock
