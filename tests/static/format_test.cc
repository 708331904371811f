#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

using ::testing::HasSubstr;

TEST(FormatTest, AllSourcesAreAsClangFormatHasThem) {
  const testing::Outcome outcome = testing::RunInShell(
      "cd \"$(dirname \"$(realpath .clang-format)\")\" && "
      "find . -path './bazel-*' -prune -o -name '*.cc' -print0 "
      "    -o -name '*.h' -print0 | "
      "xargs -0 clang-format --dry-run -Werror 2>&1");
  EXPECT_EQ(outcome.status, 0)
      << outcome.output << "Run clang-format -i on these.";
}

TEST(FormatTest, APlantedFaultIsFound) {
  const testing::Outcome outcome = testing::RunInShell(
      "echo 'int  one_space_too_many;' | "
      "clang-format --dry-run -Werror --assume-filename=tests/planted.cc 2>&1");
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("clang-format-violations"));
}

}  // namespace
}  // namespace slicelock
