// That clang-tidy, as it is configured, objects to what is planted. tidy_test
// fails to build where it does.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

using ::testing::HasSubstr;

TEST(TidyTest, APlantedFaultOfEachKindIsFound) {
  const testing::Outcome outcome = testing::RunInShell(
      "clang-tidy --quiet --config-file=.clang-tidy --warnings-as-errors='*' "
      "tests/static/untidy.cc -- -std=c++17 2>&1");
  EXPECT_NE(outcome.status, 0);
  for (const char* const check :
       {"bugprone-use-after-move", "concurrency-thread-canceltype-asynchronous",
        "performance-unnecessary-value-param"}) {
    EXPECT_THAT(outcome.output, HasSubstr(check));
  }
}

}  // namespace
}  // namespace slicelock
