// What ThreadSanitizer makes of our locks, in the program that $RACE names.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

using ::testing::HasSubstr;

testing::Outcome RunRace(const std::string& way) {
  return testing::RunInShell("\"$RACE\" " + way + " 2>&1");
}

TEST(RaceTest, IsReportedWhereNoLockOrderedTheAccesses) {
  for (const char* way : {"no_lock", "one_locks", "two_locks", "shared",
                          "condition_without_lock"}) {
    SCOPED_TRACE(way);
    const testing::Outcome outcome = RunRace(way);
    EXPECT_NE(outcome.status, 0);
    EXPECT_THAT(outcome.output, HasSubstr("ThreadSanitizer: data race"));
  }
}

TEST(RaceTest, IsNotSeenWhereALockDid) {
  for (const char* way : {"mutex", "spinlock", "shared_and_exclusive", "timed",
                          "condition_variable", "await", "condition"}) {
    SCOPED_TRACE(way);
    const testing::Outcome outcome = RunRace(way);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.output, "");
  }
}

TEST(RaceTest, AnotherOrderOfTheSameLocksIsReported) {
  for (const char* way :
       {"mutexes_in_another_order", "spinlocks_in_another_order"}) {
    SCOPED_TRACE(way);
    const testing::Outcome outcome = RunRace(way);
    EXPECT_NE(outcome.status, 0);
    EXPECT_THAT(outcome.output,
                HasSubstr("ThreadSanitizer: lock-order-inversion"));
  }
}

TEST(RaceTest, TheOrderOfLocksIsForgottenWithThem) {
  const testing::Outcome outcome = RunRace("new_locks_in_another_order");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, "");
}

// It knows the locks by their addresses, as far as they are annotated.
TEST(RaceTest, ComesWithTheLocksThatWereHeld) {
  EXPECT_THAT(RunRace("two_locks").output, HasSubstr("mutexes: write M"));
}

}  // namespace
}  // namespace slicelock
