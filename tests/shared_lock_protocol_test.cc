// Shared holders and exclusive ones of one lock, against a simulated kernel:
// who keeps out whom, and what each requests.

#include <atomic>
#include <cstdint>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/condition.h"
#include "locks/core/lock_waiters.h"
#include "locks/core/raw_lock.h"
#include "locks/core/raw_shared_lock.h"
#include "locks/core/waiter.h"
#include "tests/lock_word.h"
#include "tests/simulated_platform.h"

namespace slicelock {
namespace {

template <typename Platform>
class SharedLockProtocolTest : public ::testing::Test {
 protected:
  using TheKernel = typename Platform::Kernel;
  using TheSection = typename Platform::Section;

  SharedLockProtocolTest() {
    TheKernel::Reset();
    Platform::Reset();
  }
  ~SharedLockProtocolTest() override {
    EXPECT_EQ(depth(), 0) << "a section was not left";
    TheKernel::side.ExpectIdle("at the end");
    EXPECT_THAT(TheKernel::side.violations(), ::testing::IsEmpty());
  }

  static int depth() { return TheKernel::thread.sections.depth(); }

  // As if other threads did it: in no section of this one.
  void ShareElsewhere() {
    lock_.lock_shared();
    TheSection::Leave();
  }
  void UnshareElsewhere() {
    TheSection::Enter();
    lock_.unlock_shared();
  }
  void AcquireElsewhere() {
    lock_.lock();
    TheSection::Leave();
  }
  void ReleaseElsewhere() {
    TheSection::Enter();
    lock_.unlock();
  }

  RawSharedLock<Platform> lock_;
};

TYPED_TEST_SUITE(SharedLockProtocolTest, testing::SimulatedPlatforms);

TYPED_TEST(SharedLockProtocolTest, SharedHoldersHaveRequested) {
  this->lock_.lock_shared();
  EXPECT_TRUE(TypeParam::Kernel::word.requested());
  this->lock_.unlock_shared();
  EXPECT_FALSE(TypeParam::Kernel::word.requested());
}

TYPED_TEST(SharedLockProtocolTest, SharedHoldersKeepOutExclusiveOnesOnly) {
  this->ShareElsewhere();
  EXPECT_TRUE(this->lock_.shared());
  EXPECT_FALSE(this->lock_.held());
  EXPECT_FALSE(this->lock_.try_lock());
  EXPECT_EQ(this->depth(), 0);
  ASSERT_TRUE(this->lock_.try_lock_shared());
  this->lock_.unlock_shared();
  this->UnshareElsewhere();
  ASSERT_TRUE(this->lock_.try_lock());
  this->lock_.unlock();
}

TYPED_TEST(SharedLockProtocolTest, ExclusiveHoldersKeepOutAll) {
  this->AcquireElsewhere();
  EXPECT_FALSE(this->lock_.try_lock());
  EXPECT_FALSE(this->lock_.try_lock_shared());
  EXPECT_FALSE(this->lock_.shared()) << "the failed try is counted still";
  EXPECT_EQ(this->depth(), 0);
  this->ReleaseElsewhere();
}

TYPED_TEST(SharedLockProtocolTest, FreeOrSharedLocksTakeNoSystemCall) {
  this->lock_.lock();
  this->lock_.unlock();
  this->ShareElsewhere();
  this->lock_.lock_shared();
  this->lock_.unlock_shared();
  this->UnshareElsewhere();
  const auto& side = TypeParam::Kernel::side;
  EXPECT_EQ(side.idle_yields + side.other_calls + side.yields + side.aborts, 0);
}

TYPED_TEST(SharedLockProtocolTest, TheLastSharedHolderWakesAnExclusiveWaiter) {
  this->ShareElsewhere();
  this->ShareElsewhere();
  TypeParam::on_wait = [this] {
    if (TypeParam::parked_in == 0 || !this->lock_.shared()) return;
    this->UnshareElsewhere();
    EXPECT_EQ(TypeParam::wakes, 0) << "there is one more";
    this->UnshareElsewhere();
  };
  typename TypeParam::Section outer;
  this->lock_.lock();
  EXPECT_EQ(TypeParam::parks, 1);
  EXPECT_EQ(TypeParam::wakes, 1);
  EXPECT_EQ(TypeParam::now, 0) << "it was not woken";
  EXPECT_EQ(this->depth(), 2);
  EXPECT_TRUE(TypeParam::Kernel::word.requested());
  this->lock_.unlock();
  EXPECT_EQ(this->depth(), 1);
}

TYPED_TEST(SharedLockProtocolTest, AnExclusiveWaiterThatSpinsIsNotWoken) {
  // Nor is it after one that has slept.
  for (const bool sleeps : {true, false}) {
    this->ShareElsewhere();
    TypeParam::on_wait = [this, sleeps] {
      if (!this->lock_.shared() || (TypeParam::parked_in != 0) != sleeps) {
        return;
      }
      this->UnshareElsewhere();
    };
    this->lock_.lock();
    this->lock_.unlock();
    EXPECT_EQ(TypeParam::wakes, 1);
  }
}

TYPED_TEST(SharedLockProtocolTest, AnExclusiveWaiterKeepsNewSharedOnesOut) {
  this->ShareElsewhere();
  TypeParam::on_wait = [this] {
    if (!this->lock_.shared()) return;
    EXPECT_FALSE(this->lock_.try_lock_shared());
    if (TypeParam::waits > 10) this->UnshareElsewhere();
  };
  this->lock_.lock();
  EXPECT_EQ(TypeParam::parks, 0);
  this->lock_.unlock();
}

TYPED_TEST(SharedLockProtocolTest, ASharedWaiterSharesAfterTheExclusiveHolder) {
  this->AcquireElsewhere();
  TypeParam::on_wait = [this] {
    if (TypeParam::parked_in != 0) this->ReleaseElsewhere();
  };
  typename TypeParam::Section outer;
  this->lock_.lock_shared();
  EXPECT_EQ(TypeParam::parks, 1);
  EXPECT_EQ(this->depth(), 2);
  EXPECT_TRUE(TypeParam::Kernel::word.requested());
  EXPECT_TRUE(this->lock_.try_lock_shared()) << "others may share it now";
  this->lock_.unlock_shared();
  this->lock_.unlock_shared();
}

TYPED_TEST(SharedLockProtocolTest, AGrantIsEndedByTheWakeOfALastSharedHolder) {
  this->ShareElsewhere();
  TypeParam::on_wait = [this] {
    if (TypeParam::parked_in == 0 || !this->lock_.shared()) return;
    TypeParam::Section::Enter();
    ASSERT_TRUE(TypeParam::Kernel::side.Interrupt());
    this->lock_.unlock_shared();
    constexpr int kYields =
        TypeParam::Kernel::ControlWord::kEndsByYieldOnly ? 1 : 0;
    EXPECT_EQ(TypeParam::Kernel::side.yields, kYields)
        << "one system call ends a grant, never two";
    EXPECT_EQ(TypeParam::Kernel::side.aborts, 1 - kYields);
  };
  this->lock_.lock();
  EXPECT_EQ(TypeParam::wakes, 1);
  this->lock_.unlock();
}

TYPED_TEST(SharedLockProtocolTest, AGateReservedForNobodyCanBeShared) {
  using Gate = RawLock<TypeParam, std::memory_order_seq_cst>;
  using Word = testing::LockWord<Gate>;
  Word::Set(reinterpret_cast<Gate&>(this->lock_), Word::kReserved);
  ASSERT_TRUE(this->lock_.try_lock_shared());
  EXPECT_EQ(TypeParam::waits, 0);
  ASSERT_TRUE(this->lock_.try_lock_shared()) << "others share it now";
  this->lock_.unlock_shared();
  this->lock_.unlock_shared();
}

// Also if it holds another lock, whose section it is in.
TYPED_TEST(SharedLockProtocolTest, AWaiterForAConditionHoldsNoRequest) {
  bool flag = false;
  TypeParam::on_wait = [&] {
    if (flag) return;
    flag = true;
    TypeParam::Section::Enter();  // As another thread.
    this->lock_.lock();
    this->lock_.unlock();
    TypeParam::Section::Leave();
  };
  for (const Hold hold : {Hold::kExclusive, Hold::kShared}) {
    for (const int outer : {0, 1, 2}) {
      flag = false;
      TypeParam::Section::EnterAgain(outer);
      this->lock_.Acquire(hold);
      EXPECT_TRUE(AwaitUntil<TypeParam>(this->lock_, Condition(&flag), hold,
                                        RawLock<TypeParam>::kNever));
      EXPECT_EQ(this->depth(), outer + 1);
      this->lock_.Release(hold);
      for (int i = 0; i < outer; ++i) TypeParam::Section::Leave();
    }
  }
  EXPECT_EQ(TypeParam::parks, 6);
  EXPECT_EQ(TypeParam::wakes, 6);
}

TYPED_TEST(SharedLockProtocolTest, WaitersThatHaveGoneAreNotLookedAfter) {
  const bool flag = false;
  this->lock_.lock();
  EXPECT_FALSE(AwaitUntil<TypeParam>(this->lock_, Condition(&flag),
                                     Hold::kExclusive, /*deadline=*/1));
  EXPECT_TRUE(this->lock_.more_to_release());
  this->lock_.unlock();
  EXPECT_FALSE(this->lock_.more_to_release());
}

TYPED_TEST(SharedLockProtocolTest, WhoLooksAfterWaitersWakesTheWatchmanToo) {
  using SharedWord = testing::SharedLockWord<RawSharedLock<TypeParam>>;
  using Word = testing::LockWord<typename SharedWord::Gate>;
  this->lock_.lock();
  this->lock_.SetObserved();
  Word::SetWaiters(SharedWord::gate(this->lock_), Word::kNapping);
  this->lock_.unlock();
  EXPECT_EQ(TypeParam::wakes, 1);
  EXPECT_EQ(TypeParam::last_wake, Word::kWatchman);
}

TYPED_TEST(SharedLockProtocolTest, TriesEndWithTheirTimeAndLeaveNothing) {
  constexpr int64_t kLimits[] = {0, 1, 100'000, 2'000'000'000};
  for (const int64_t limit : kLimits) {
    SCOPED_TRACE(limit);
    this->ShareElsewhere();
    TypeParam::Reset();
    EXPECT_FALSE(this->lock_.lock_until(limit));
    EXPECT_EQ(TypeParam::now, limit);
    EXPECT_FALSE(this->lock_.held());
    EXPECT_TRUE(this->lock_.lock_shared_until(limit)) << "it may be shared";
    this->lock_.unlock_shared();
    this->UnshareElsewhere();

    this->AcquireElsewhere();
    TypeParam::Reset();
    EXPECT_FALSE(this->lock_.lock_shared_until(limit));
    EXPECT_EQ(TypeParam::now, limit);
    EXPECT_FALSE(this->lock_.shared());
    this->ReleaseElsewhere();
    EXPECT_EQ(this->depth(), 0);
    EXPECT_TRUE(this->lock_.lock_until(limit));
    this->lock_.unlock();
  }
}

}  // namespace
}  // namespace slicelock
