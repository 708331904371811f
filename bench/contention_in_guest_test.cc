// Runs the whole program on a kernel that grants time slice extensions.

#include <sys/syscall.h>

#include <cerrno>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"
#include "tests/seccomp.h"

namespace slicelock::bench {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::RunInShell;

constexpr char kOneRow[] =
    "bench/contention --locks=Mutex/on --threads=2 --sections=500ns "
    "--pauses=100ns --seconds=0.2 2>&1";
constexpr char kOn[] = "\nStatus +Time slice extensions are on";

// The row of `lock` up to its number of grants.
std::string RowUntilGrants(const std::string& lock) {
  return "\n" + lock + "( +[0-9.,]+){7} +";
}

TEST(ContentionInGuestTest, IsWhereItMeasuresIfThisKernelDoesNotGrant) {
  const Outcome outcome = RunInShell(kOneRow);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, ContainsRegex(kOn));
  EXPECT_THAT(outcome.output, HasSubstr("    grants "));
  EXPECT_THAT(outcome.output,
              ContainsRegex(RowUntilGrants("Mutex/on") + "[0-9]"));
  if (outcome.output.find("(tcg)") != std::string::npos) {
    EXPECT_THAT(outcome.output, ContainsRegex("\nExtensions +50000 ns\n"));
  }
}

TEST(ContentionInGuestTest, IsWhereItMeasuresIfAFilterKeepsItFromAsking) {
  for (const long refused : {SYS_prctl, SYS_rseq}) {
    Outcome outcome;
    // The filter is for this thread, and for what it starts.
    std::thread([&outcome, refused] {
      ASSERT_TRUE(testing::RefuseSystemCalls({refused}, EPERM));
      outcome = RunInShell(kOneRow);
    }).join();
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("Measuring in a guest"));
    EXPECT_THAT(outcome.output, ContainsRegex(kOn));
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
