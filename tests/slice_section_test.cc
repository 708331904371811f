#include "locks/slice_section.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulated_kernel.h"

namespace slicelock {
namespace {

using Kernel = testing::SimulatedKernel;
using Section = BasicSliceSection<Kernel>;

class SliceSectionTest : public ::testing::Test {
 protected:
  SliceSectionTest() { Kernel::Reset(); }
  ~SliceSectionTest() override {
    EXPECT_EQ(Kernel::thread.depth, 0) << "a section was not left";
    EXPECT_FALSE(Kernel::word.requested()) << "a request outlived its section";
    EXPECT_FALSE(Kernel::word.granted()) << "a grant was not ended";
    EXPECT_EQ(Kernel::calls_with_request, 0)
        << "a system call was made with the request set";
  }
};

TEST_F(SliceSectionTest, RequestsFromEnterToLeave) {
  EXPECT_FALSE(Kernel::word.requested());
  {
    Section section;
    EXPECT_TRUE(Kernel::word.requested());
  }
  EXPECT_FALSE(Kernel::word.requested());
  EXPECT_EQ(Kernel::calls_without_grant, 0) << "no grant, so nothing to end";
}

TEST_F(SliceSectionTest, PreparesTheThreadOnce) {
  { Section section; }
  { Section section; }
  EXPECT_EQ(Kernel::preparations, 1);
}

TEST_F(SliceSectionTest, FirstSectionOfAThreadRequestsToo) {
  Section::Enter();
  EXPECT_TRUE(Kernel::word.requested());
  Section::Leave();
}

TEST_F(SliceSectionTest, OnlyTheOutermostWithdrawsTheRequest) {
  Section outer;
  { Section inner; }
  EXPECT_TRUE(Kernel::word.requested());
}

TEST_F(SliceSectionTest, AGrantIsEndedByOneYieldAtTheOutermostLeave) {
  {
    Section outer;
    {
      Section inner;
      ASSERT_TRUE(Kernel::Interrupt());
    }
    EXPECT_EQ(Kernel::yields, 0) << "the outer section is not done yet";
  }
  EXPECT_EQ(Kernel::yields, 1);
  EXPECT_EQ(Kernel::calls_without_grant, 0);
  EXPECT_EQ(Kernel::thread.counters.grants, 1u);
  EXPECT_EQ(Kernel::thread.counters.yields, 1u);
}

TEST_F(SliceSectionTest, ARevokedGrantNeedsNoYield) {
  {
    Section section;
    ASSERT_TRUE(Kernel::Interrupt());
    ASSERT_FALSE(Kernel::Interrupt()) << "the second interrupt switches";
  }
  EXPECT_EQ(Kernel::yields + Kernel::calls_without_grant, 0);
}

TEST_F(SliceSectionTest, ANestedSectionRenewsARequestThatASwitchDropped) {
  Section outer;
  ASSERT_TRUE(Kernel::Interrupt());
  ASSERT_FALSE(Kernel::Interrupt());
  ASSERT_FALSE(Kernel::word.requested());
  Section inner;
  EXPECT_TRUE(Kernel::word.requested());
}

TEST_F(SliceSectionTest, ANestedSectionDoesNotRequestWhileGranted) {
  Section outer;
  ASSERT_TRUE(Kernel::Interrupt());
  Section inner;
  EXPECT_FALSE(Kernel::word.requested());
  EXPECT_TRUE(Kernel::word.granted());
}

TEST_F(SliceSectionTest, LeaveAllWithdrawsAtAnyDepth) {
  Section::Enter();
  Section::Enter();
  const int32_t depth = Section::LeaveAll();
  EXPECT_EQ(depth, 2);
  EXPECT_FALSE(Kernel::word.requested());

  Section::EnterAgain(depth);
  EXPECT_TRUE(Kernel::word.requested());
  Section::Leave();
  EXPECT_TRUE(Kernel::word.requested());
  Section::Leave();
}

TEST_F(SliceSectionTest, LeaveAllEndsAGrant) {
  Section::Enter();
  ASSERT_TRUE(Kernel::Interrupt());
  Section::LeaveAll();
  EXPECT_EQ(Kernel::yields, 1);
}

TEST_F(SliceSectionTest, EnterAgainOfNothingRequestsNothing) {
  Section::Enter();
  EXPECT_EQ(Section::LeaveAll(), 1);
  Section::EnterAgain(0);
  EXPECT_FALSE(Kernel::word.requested());
}

TEST_F(SliceSectionTest, LeavingThroughASystemCallEndsAGrantWithoutAYield) {
  Section::Enter();
  ASSERT_TRUE(Kernel::Interrupt());
  Section::LeaveThrough([] { Kernel::SystemCall(); });
  EXPECT_EQ(Kernel::aborts, 1) << "the call itself ends the grant";
  EXPECT_EQ(Kernel::yields, 0) << "a second call would be one too many";
  EXPECT_EQ(Kernel::thread.counters.grants, 1u);
}

TEST_F(SliceSectionTest, LeavingThroughASystemCallKeepsTheOuterRequest) {
  Section outer;
  Section::Enter();
  Section::LeaveThrough([] {
    EXPECT_FALSE(Kernel::word.requested());
    Kernel::SystemCall();
  });
  EXPECT_TRUE(Kernel::word.requested());
}

TEST_F(SliceSectionTest, ASectionInASignalHandlerThatInterruptsEnterIsWhole) {
  // The interrupted Enter has requested, was granted, and has not counted yet.
  { Section prepare; }
  Kernel::word.Request();
  ASSERT_TRUE(Kernel::Interrupt());
  {
    Section in_handler;
    EXPECT_FALSE(Kernel::word.requested()) << "never while granted";
  }
  EXPECT_EQ(Kernel::yields, 1);
}

TEST_F(SliceSectionTest, AThreadWithoutTheExtensionTouchesNoKernelWord) {
  Kernel::thread.control = &Kernel::thread.unheeded;
  Section section;
  EXPECT_FALSE(Kernel::word.requested());
}

}  // namespace
}  // namespace slicelock
