// What AddressSanitizer and UndefinedBehaviorSanitizer make of our locks, in
// the program that $MEMORY names.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

using ::testing::HasSubstr;

testing::Outcome RunMemory(const std::string& way) {
  return testing::RunInShell("\"$MEMORY\" " + way + " 2>&1");
}

TEST(MemoryTest, AReleaseOfALockThatIsGoneIsReported) {
  const testing::Outcome outcome = RunMemory("released_when_it_is_gone");
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.output,
              HasSubstr("AddressSanitizer: heap-use-after-free"));
}

TEST(MemoryTest, AMisalignedLockIsReported) {
  const testing::Outcome outcome = RunMemory("misaligned");
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("runtime error: "));
  EXPECT_THAT(outcome.output, HasSubstr("misaligned address"));
}

TEST(MemoryTest, NothingIsReportedOfALockThatIsThere) {
  for (const char* way : {"released_before_it_is_gone", "aligned"}) {
    SCOPED_TRACE(way);
    const testing::Outcome outcome = RunMemory(way);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.output, "");
  }
}

}  // namespace
}  // namespace slicelock
