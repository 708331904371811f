#include "locks/slice_section.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulated_kernel.h"

namespace slicelock {
namespace {

// With either layout of the control word.
template <typename ControlWord>
class SliceSectionTest : public ::testing::Test {
 protected:
  using TheKernel = testing::SimulatedKernel<ControlWord>;

  SliceSectionTest() { TheKernel::Reset(); }
  ~SliceSectionTest() override {
    EXPECT_EQ(TheKernel::thread.sections.depth(), 0)
        << "a section was not left";
    TheKernel::side.ExpectIdle("at the end");
    EXPECT_THAT(TheKernel::side.violations(), ::testing::IsEmpty());
  }
};

using ControlWords =
    ::testing::Types<rseq_abi::ByteControlWord, rseq_abi::BitControlWord>;
TYPED_TEST_SUITE(SliceSectionTest, ControlWords);

TYPED_TEST(SliceSectionTest, RequestsFromEnterToLeave) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  EXPECT_FALSE(Kernel::word.requested());
  {
    Section section;
    EXPECT_TRUE(Kernel::word.requested());
  }
  EXPECT_FALSE(Kernel::word.requested());
  EXPECT_EQ(Kernel::side.idle_yields, 0) << "no grant, so nothing to end";
}

TYPED_TEST(SliceSectionTest, PreparesTheThreadOnce) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  { Section section; }
  { Section section; }
  EXPECT_EQ(Kernel::preparations, 1);
}

TYPED_TEST(SliceSectionTest, FirstSectionOfAThreadRequestsToo) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section::Enter();
  EXPECT_TRUE(Kernel::word.requested());
  Section::Leave();
}

TYPED_TEST(SliceSectionTest, OnlyTheOutermostWithdrawsTheRequest) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section outer;
  { Section inner; }
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(SliceSectionTest, AGrantIsEndedByOneYieldAtTheOutermostLeave) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  {
    Section outer;
    {
      Section inner;
      ASSERT_TRUE(Kernel::side.Interrupt());
    }
    EXPECT_EQ(Kernel::side.yields, 0) << "the outer section is not done yet";
  }
  EXPECT_EQ(Kernel::side.yields, 1);
  EXPECT_EQ(Kernel::side.idle_yields, 0);
  EXPECT_EQ(Kernel::thread.counters.grants, 1u);
  EXPECT_EQ(Kernel::thread.counters.yields, 1u);
}

TYPED_TEST(SliceSectionTest, ARevokedGrantNeedsNoYield) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  {
    Section section;
    ASSERT_TRUE(Kernel::side.Interrupt());
    ASSERT_FALSE(Kernel::side.Interrupt()) << "the second interrupt switches";
  }
  EXPECT_EQ(Kernel::side.yields + Kernel::side.idle_yields, 0);
}

TYPED_TEST(SliceSectionTest, ANestedSectionRenewsARequestThatASwitchDropped) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section outer;
  ASSERT_TRUE(Kernel::side.Interrupt());
  ASSERT_FALSE(Kernel::side.Interrupt());
  ASSERT_FALSE(Kernel::word.requested());
  Section inner;
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(SliceSectionTest, WhoHasRenewedTheRequestWithdrawsIt) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section outermost;
  Kernel::side.Switch();
  {
    Section outer;
    { Section inner; }
    EXPECT_TRUE(Kernel::word.requested());
  }
  EXPECT_FALSE(Kernel::word.requested());
}

TYPED_TEST(SliceSectionTest, AWaitDoesNotForgetWhoHasRenewedTheRequest) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section outermost;
  Kernel::side.Switch();
  {
    Section outer;
    Section::Enter();
    const int32_t left = Section::LeaveAll();
    EXPECT_FALSE(Kernel::word.requested());
    Section::EnterAgain(left - 1);
    EXPECT_EQ(Kernel::thread.sections.depth(), 2);
    EXPECT_TRUE(Kernel::word.requested());
  }
  EXPECT_FALSE(Kernel::word.requested());
}

TYPED_TEST(SliceSectionTest, ANestedSectionDoesNotRequestWhileGranted) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section outer;
  ASSERT_TRUE(Kernel::side.Interrupt());
  Section inner;
  EXPECT_FALSE(Kernel::word.requested());
  EXPECT_TRUE(Kernel::word.granted());
}

TYPED_TEST(SliceSectionTest, LeaveAllWithdrawsAtAnyDepth) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
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

TYPED_TEST(SliceSectionTest, LeaveAllEndsAGrant) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section::Enter();
  ASSERT_TRUE(Kernel::side.Interrupt());
  Section::LeaveAll();
  EXPECT_EQ(Kernel::side.yields, 1);
}

TYPED_TEST(SliceSectionTest, ASectionThatIsNotEnteredAgainHasRenewedNothing) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section::Enter();
  Kernel::side.Switch();
  Section::Enter();  // Renews the request.
  Section::EnterAgain(Section::LeaveAll() - 1);
  EXPECT_TRUE(Kernel::word.requested());
  Section::Enter();
  Section::Leave();
  EXPECT_TRUE(Kernel::word.requested()) << "the outermost section's request";
  Section::Leave();
}

TYPED_TEST(SliceSectionTest, EnterAgainOfNothingRequestsNothing) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section::Enter();
  EXPECT_EQ(Section::LeaveAll(), 1);
  Section::EnterAgain(0);
  EXPECT_FALSE(Kernel::word.requested());
}

TYPED_TEST(SliceSectionTest, LeavingThroughASystemCallEndsAGrantByItIfItCan) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  constexpr int kYields = TypeParam::kEndsByYieldOnly ? 1 : 0;
  Section::Enter();
  ASSERT_TRUE(Kernel::side.Interrupt());
  Section::LeaveThrough([] { Kernel::side.SystemCall(/*is_yield=*/false); });
  EXPECT_EQ(Kernel::side.yields, kYields) << "one system call ends a grant";
  EXPECT_EQ(Kernel::side.aborts, 1 - kYields);
  EXPECT_EQ(Kernel::thread.counters.grants, 1u);
}

TYPED_TEST(SliceSectionTest, LeavingThroughACallThatMakesNoSystemCallYields) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section::Enter();
  ASSERT_TRUE(Kernel::side.Interrupt());
  bool granted_in_call = false;
  Section::LeaveThrough([&] { granted_in_call = Kernel::word.granted(); });
  EXPECT_EQ(granted_in_call, !Kernel::ControlWord::kEndsByYieldOnly);
  EXPECT_EQ(Kernel::side.yields, 1);
}

TYPED_TEST(SliceSectionTest, LeavingThroughASystemCallKeepsTheOuterRequest) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  Section outer;
  Section::Enter();
  Section::LeaveThrough([] {
    EXPECT_FALSE(Kernel::word.requested());
    Kernel::side.SystemCall(/*is_yield=*/false);
  });
  EXPECT_TRUE(Kernel::word.requested());
}

TYPED_TEST(SliceSectionTest,
           ASectionInASignalHandlerThatInterruptsEnterIsWhole) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  // The interrupted Enter has noted its section, and not requested yet.
  { Section prepare; }
  Kernel::thread.sections.Enter();
  {
    Section in_handler;
    EXPECT_TRUE(Kernel::word.requested());
    ASSERT_TRUE(Kernel::side.Interrupt());
  }
  EXPECT_EQ(Kernel::side.yields, 1);
  {
    Section in_handler;
    EXPECT_TRUE(Kernel::word.requested());
  }
  EXPECT_FALSE(Kernel::word.requested()) << "it will be, once more";
  Kernel::word.Request();
  Section::Leave();
}

TYPED_TEST(SliceSectionTest, OutermostSectionsAreCountedAsRequests) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  for (int i = 0; i < 3; ++i) {
    Section outer;
    Section inner;
  }
  EXPECT_EQ(Kernel::thread.sections.requests(), 3u);
}

TYPED_TEST(SliceSectionTest, ManyRequestsAreBroughtToTheProcess) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  const uint64_t before = rseq_abi::process_counters.requests;
  constexpr uint32_t kFull = rseq_abi::SectionWord::kFull;
  Section outer;
  Section::LeaveAll();
  for (uint32_t i = 1; i < kFull + 5; ++i) Section inner;
  EXPECT_EQ(Kernel::thread.counters.requests, kFull);
  EXPECT_EQ(Kernel::thread.sections.requests(), 5u);
  EXPECT_EQ(rseq_abi::process_counters.requests - before, kFull);
  Section::EnterAgain(1);
}

TYPED_TEST(SliceSectionTest, ARequestThatASwitchTookIsCountedOnLeaving) {
  using Kernel = typename TestFixture::TheKernel;
  using Section = BasicSliceSection<Kernel>;
  auto& counters = Kernel::thread.counters;
  { Section undisturbed; }
  EXPECT_EQ(counters.revocations, 0u);
  {
    Section preempted;
    Kernel::side.Switch();
  }
  EXPECT_EQ(counters.revocations, 1u);
  {
    Section revoked;
    ASSERT_TRUE(Kernel::side.Interrupt());
    Kernel::side.Switch();
  }
  EXPECT_EQ(counters.revocations, 2u);
  {
    Section granted;
    ASSERT_TRUE(Kernel::side.Interrupt());
  }
  EXPECT_EQ(counters.revocations, 2u) << "a grant that was used is no loss";
  EXPECT_EQ(counters.grants, 1u);
}

}  // namespace
}  // namespace slicelock
