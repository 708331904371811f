// The counts of a thread that is interrupted, at each instruction of a section,
// by a signal handler that has a section of its own.

#include <cstdint>
#include <ostream>

#include "gtest/gtest.h"
#include "locks/slice_section.h"
#include "rseq_abi/control_word.h"
#include "rseq_abi/section_word.h"
#include "tests/simulated_kernel.h"
#include "tests/single_step.h"

namespace slicelock {
namespace {

using Kernel = testing::SimulatedKernel<rseq_abi::ByteControlWord>;
using Section = BasicSliceSection<Kernel>;

[[gnu::noinline]] void OneSection() { const Section section; }

[[gnu::noinline]] void TwoSections() { const Section outer, inner; }

[[gnu::noinline]] void SectionWithAWait() {
  Section::Enter();
  Section::EnterAgain(Section::LeaveAll());
  Section::Leave();
}

struct Code {
  const char* name;
  void (*run)();
};

void PrintTo(const Code& code, std::ostream* out) { *out << code.name; }

class InterruptedCountTest : public ::testing::TestWithParam<Code> {};

INSTANTIATE_TEST_SUITE_P(Codes, InterruptedCountTest,
                         ::testing::Values(Code{"one_section", OneSection},
                                           Code{"two_sections", TwoSections},
                                           Code{"a_wait", SectionWithAWait}),
                         [](const auto& code) { return code.param.name; });

// As GetThreadSliceCounters() adds them.
uint64_t CountedRequests() {
  return Kernel::thread.counters.requests + Kernel::thread.sections.requests();
}

// A thread that has made so many requests since they were last collected.
void PrepareThread(uint32_t uncollected) {
  Kernel::Reset();
  OneSection();
  while (Kernel::thread.sections.requests() < uncollected) OneSection();
}

struct Requests {
  uint64_t made = 0;
  uint64_t counted = 0;
  bool interrupted = false;
};

// What comes before the instruction of a number.
struct Interruption {
  int instruction;
  // Whether a context switch comes first, that drops a request.
  bool preempted;
};

// Runs `code` with a signal handler at an interruption.
Requests RunInterrupted(const Code& code, Interruption interruption) {
  Requests requests;
  const uint64_t counted_before = CountedRequests();
  bool requested = false;
  testing::SingleStep(code.run, [&](testing::InstructionPoint&) {
    if (Kernel::word.requested() && !requested) ++requests.made;
    if (interruption.instruction-- == 0) {
      requests.interrupted = true;
      if (interruption.preempted) Kernel::side.Switch();
      const uint64_t before = CountedRequests();
      OneSection();
      requests.made += CountedRequests() - before;
    }
    requested = Kernel::word.requested();
  });
  requests.counted = CountedRequests() - counted_before;
  return requests;
}

// Returns how many instructions were tried.
int ExpectExactAtEachInstruction(const Code& code, uint32_t uncollected,
                                 bool preempted) {
  for (int instruction = 0;; ++instruction) {
    PrepareThread(uncollected);
    const Requests requests = RunInterrupted(code, {instruction, preempted});
    EXPECT_EQ(requests.counted, requests.made)
        << "with a handler before instruction " << instruction
        << (preempted ? ", after a context switch" : "");
    EXPECT_EQ(Kernel::thread.sections.depth(), 0);
    if (!requests.interrupted) return instruction;
  }
}

TEST_P(InterruptedCountTest, RequestsAreCountedExactly) {
  for (const bool preempted : {false, true}) {
    EXPECT_GT(ExpectExactAtEachInstruction(GetParam(), 1, preempted), 10);
  }
}

TEST_P(InterruptedCountTest, RequestsAreCountedExactlyAsTheyAreCollected) {
  for (const bool preempted : {false, true}) {
    for (const uint32_t until_full : {0, 1, 2}) {
      ExpectExactAtEachInstruction(
          GetParam(), rseq_abi::SectionWord::kFull - until_full, preempted);
    }
  }
}

}  // namespace
}  // namespace slicelock
