// Runs the whole program on a kernel that grants time slice extensions.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock::bench {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::RunInShell;

constexpr char kOn[] = "\nStatus +Time slice extensions are on";

// The row of `lock` up to its number of grants.
std::string RowUntilGrants(const std::string& lock) {
  return "\n" + lock + "( +[0-9.,]+){7} +";
}

TEST(ContentionInGuestTest, IsWhereItMeasuresIfThisKernelDoesNotGrant) {
  const Outcome outcome = RunInShell(
      "bench/contention --locks=Mutex/on --threads=2 --sections=500ns "
      "--seconds=0.2 2>&1");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, ContainsRegex(kOn));
  EXPECT_THAT(outcome.output, HasSubstr("    grants "));
  EXPECT_THAT(outcome.output,
              ContainsRegex(RowUntilGrants("Mutex/on") + "[0-9]"));
  if (outcome.output.find("(tcg)") != std::string::npos) {
    EXPECT_THAT(outcome.output, ContainsRegex("\nExtensions +50000 ns\n"));
  }
}

TEST(ContentionInGuestTest, BreaksNoRuleOfAKernelThatKillsForIt) {
  const Outcome outcome = RunInShell(
      "tests/kernel/guest --append=rseq_debug=1 bench/contention --here "
      "--threads=8 --sections=3us --seconds=0.2 2>&1");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, ContainsRegex(kOn));
  // Found, ended by a yield or revoked: in so short a time, not all of them.
  for (const char* const lock : {"Mutex/on", "SpinLock/on"}) {
    EXPECT_THAT(outcome.output,
                ContainsRegex(RowUntilGrants(lock) + "[ 0-9,]*[1-9]"));
  }
  EXPECT_THAT(outcome.output, Not(HasSubstr("FAILED")));
}

}  // namespace
}  // namespace slicelock::bench
