#include <string>

#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

TEST(FormatTest, AllSourcesAreAsClangFormatHasThem) {
  const testing::Outcome outcome = testing::RunInShell(
      "cd \"$(dirname \"$(realpath .clang-format)\")\" && "
      "find . -path './bazel-*' -prune -o -name '*.cc' -print0 "
      "    -o -name '*.h' -print0 | "
      "xargs -0 clang-format --dry-run -Werror 2>&1");
  EXPECT_EQ(outcome.status, 0)
      << outcome.output << "Run clang-format -i on these.";
}

}  // namespace
}  // namespace slicelock
