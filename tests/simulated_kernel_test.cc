// What each event does to the control word, and what the simulated kernel says
// of threads that break the rules.

#include "tests/simulated_kernel.h"

#include <new>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slicelock::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <typename ControlWord>
class SimulatedKernelTest : public ::testing::Test {
 protected:
  // In the given state.
  void Request() { word.Request(); }
  void BeGranted() {
    word.Request();
    side.Happen(KernelEvent::kGrant);
  }
  // The next system call is looked at, and the request set.
  void RequestAfterLostGrant() {
    BeGranted();
    side.Happen(KernelEvent::kRevocation);
    word.Request();
  }

  void ExpectIdle() {
    EXPECT_FALSE(word.requested());
    EXPECT_FALSE(word.granted());
  }

  SimulatedArea<ControlWord> area;
  ControlWord& word = area.slice_ctrl;
  KernelSide<ControlWord> side{&area};
};

using ControlWords =
    ::testing::Types<rseq_abi::ByteControlWord, rseq_abi::BitControlWord>;
TYPED_TEST_SUITE(SimulatedKernelTest, ControlWords);

TYPED_TEST(SimulatedKernelTest, AGrantTakesTheRequestsPlace) {
  EXPECT_FALSE(this->side.CanHappen(KernelEvent::kGrant)) << "nobody asked";
  this->Request();
  EXPECT_TRUE(this->side.CanHappen(KernelEvent::kGrant));
  this->side.Happen(KernelEvent::kGrant);
  EXPECT_FALSE(this->word.requested());
  EXPECT_TRUE(this->word.granted());
  EXPECT_FALSE(this->side.CanHappen(KernelEvent::kGrant)) << "never twice";
  EXPECT_EQ(this->side.grants, 1);
  EXPECT_FALSE(this->side.balanced()) << "it has not ended";
}

TYPED_TEST(SimulatedKernelTest, APreemptionDropsTheRequest) {
  this->Request();
  this->side.Happen(KernelEvent::kPreemption);
  this->ExpectIdle();
  EXPECT_EQ(this->side.preemptions, 1);
  EXPECT_EQ(this->side.revocations, 0);
}

TYPED_TEST(SimulatedKernelTest, WhatEndsAGrantIsCountedByItsName) {
  auto& kernel = this->side;
  const auto end_by = [&](KernelEvent event) {
    this->BeGranted();
    EXPECT_TRUE(kernel.CanHappen(event));
    kernel.Happen(event);
    this->ExpectIdle();
    EXPECT_TRUE(kernel.balanced());
  };
  EXPECT_FALSE(kernel.CanHappen(KernelEvent::kExpiry));
  EXPECT_FALSE(kernel.CanHappen(KernelEvent::kRevocation));
  end_by(KernelEvent::kExpiry);
  EXPECT_EQ(kernel.expiries, 1);
  end_by(KernelEvent::kRevocation);
  EXPECT_EQ(kernel.revocations, 1);
  end_by(KernelEvent::kMigration);
  EXPECT_EQ(kernel.revocations, 2) << "a context switch like others";
  end_by(KernelEvent::kSystemCall);
  EXPECT_EQ(kernel.aborts, 1);
  this->BeGranted();
  kernel.Yield();
  EXPECT_EQ(kernel.yields, 1);
  EXPECT_TRUE(kernel.balanced());
  EXPECT_EQ(kernel.grants, 5);
  EXPECT_EQ(kernel.preemptions + kernel.migrations + kernel.foreign_calls, 0);
  EXPECT_THAT(kernel.violations(), IsEmpty());
}

TYPED_TEST(SimulatedKernelTest, AWakeEndsAGrantWhereItMay) {
  this->BeGranted();
  this->side.Wake();
  this->ExpectIdle();
  EXPECT_EQ(this->side.aborts, 1);
  if (TypeParam::kEndsByYieldOnly) {
    EXPECT_THAT(this->side.violations(),
                ElementsAre("the kernel kills the thread for a system call "
                            "within a grant"));
  } else {
    EXPECT_THAT(this->side.violations(), IsEmpty());
  }
}

TYPED_TEST(SimulatedKernelTest, AMigrationChangesTheFieldsOfTheCpu) {
  this->Request();
  const SimulatedArea<TypeParam> before;
  this->side.Happen(KernelEvent::kMigration);
  this->ExpectIdle();
  EXPECT_NE(this->area.cpu_id, before.cpu_id);
  EXPECT_NE(this->area.cpu_id_start, before.cpu_id_start);
  EXPECT_NE(this->area.node_id, before.node_id);
  EXPECT_NE(this->area.mm_cid, before.mm_cid);
  EXPECT_EQ(this->side.migrations, 1);
}

TYPED_TEST(SimulatedKernelTest, ASystemCallOutsideAGrantLeavesTheWord) {
  this->Request();
  this->side.Happen(KernelEvent::kSystemCall);
  EXPECT_TRUE(this->word.requested());
  EXPECT_EQ(this->side.foreign_calls, 1);
  EXPECT_EQ(this->side.deadly_foreign_calls, 0);
}

TYPED_TEST(SimulatedKernelTest, AGrantOutlivesTheDeliveryOfASignalOnly) {
  this->BeGranted();
  this->side.Happen(KernelEvent::kSignal);
  EXPECT_TRUE(this->word.granted());
  this->side.ReturnFromSignal();
  this->ExpectIdle();
  EXPECT_EQ(this->side.aborts, 1);
}

// As with rseq_debug=1.
TYPED_TEST(SimulatedKernelTest, TheFirstCallAfterAGrantIsLookedAt) {
  this->RequestAfterLostGrant();
  this->side.Yield();
  EXPECT_THAT(this->side.violations(),
              ElementsAre(HasSubstr("kills the thread")));
}

TYPED_TEST(SimulatedKernelTest, TheSecondCallAfterAGrantIsNot) {
  this->RequestAfterLostGrant();
  this->side.Happen(KernelEvent::kSystemCall);
  EXPECT_EQ(this->side.deadly_foreign_calls, 1);
  this->side.Happen(KernelEvent::kSystemCall);
  EXPECT_EQ(this->side.deadly_foreign_calls, 1);
  EXPECT_THAT(this->side.violations(), IsEmpty());
}

TYPED_TEST(SimulatedKernelTest, ALockWithdrawsBeforeItCalls) {
  this->Request();
  this->side.Wake();
  EXPECT_THAT(this->side.violations(),
              ElementsAre("a system call is made with the request set"));
}

TYPED_TEST(SimulatedKernelTest, AGrantIsEndedOnce) {
  this->BeGranted();
  this->side.Yield();
  this->side.Yield();
  EXPECT_THAT(this->side.violations(), ElementsAre(HasSubstr("second")));
  EXPECT_EQ(this->side.idle_yields, 1);
}

TYPED_TEST(SimulatedKernelTest, AYieldBeforeAWakeIsNeededOrOneTooMany) {
  this->BeGranted();
  this->side.Yield();
  this->side.Wake();
  if (TypeParam::kEndsByYieldOnly) {
    EXPECT_THAT(this->side.violations(), IsEmpty());
  } else {
    EXPECT_THAT(this->side.violations(), ElementsAre(HasSubstr("second")));
  }
}

TYPED_TEST(SimulatedKernelTest, AYieldWithoutAGrantIsNoneToMake) {
  this->side.Yield();
  EXPECT_THAT(this->side.violations(),
              ElementsAre("a yield is made without a grant"));
}

TYPED_TEST(SimulatedKernelTest, AYieldThatTheKernelHasForestalledIsExcused) {
  this->BeGranted();
  this->side.Happen(KernelEvent::kExpiry);
  this->side.Yield();
  EXPECT_THAT(this->side.violations(), IsEmpty());
  this->side.Yield();
  EXPECT_THAT(this->side.violations(), ElementsAre(HasSubstr("without")))
      << "once";
}

TYPED_TEST(SimulatedKernelTest, AYieldLongAfterTheGrantIsNotExcused) {
  this->BeGranted();
  this->side.Happen(KernelEvent::kExpiry);
  constexpr int kLong = 1000;
  for (int i = 0; i < kLong; ++i) this->side.Observe();
  this->side.Yield();
  EXPECT_THAT(this->side.violations(), ElementsAre(HasSubstr("without")));
}

TYPED_TEST(SimulatedKernelTest, AWaiterSleepsWithoutAGrant) {
  this->BeGranted();
  this->side.Sleep();
  EXPECT_THAT(this->side.violations(),
              Contains("a grant is left while it sleeps"));
}

TYPED_TEST(SimulatedKernelTest, TheWordIsTheKernelsButForTheRequest) {
  this->BeGranted();
  new (&this->word) TypeParam();
  this->side.Observe();
  EXPECT_THAT(this->side.violations(), ElementsAre("the grant is written"));
}

TYPED_TEST(SimulatedKernelTest, TheReservedPartOfTheWordStaysZero) {
  reinterpret_cast<char*>(&this->word)[3] = 1;
  this->side.Observe();
  EXPECT_THAT(this->side.violations(), ElementsAre(HasSubstr("reserved")));
}

TYPED_TEST(SimulatedKernelTest, TheFieldsOfTheCpuAreTheKernels) {
  this->area.mm_cid = 7;
  this->side.Observe();
  EXPECT_THAT(this->side.violations(), ElementsAre(HasSubstr("kernel's")));
}

TYPED_TEST(SimulatedKernelTest, WhoHasRequestedOnceMayHaveLostIt) {
  this->side.ExpectRequest("a try");
  EXPECT_THAT(this->side.violations(), ElementsAre("a try without a request"));
  this->Request();
  this->side.ExpectRequest("a try with a request");
  this->side.Happen(KernelEvent::kGrant);
  this->side.ExpectRequest("a try within a grant");
  this->side.Happen(KernelEvent::kRevocation);
  this->side.ExpectRequest("a try after a grant");
  EXPECT_EQ(this->side.violations().size(), 1u);
}

}  // namespace
}  // namespace slicelock::testing
