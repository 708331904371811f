// Clang's analysis of the annotations of the locks and their holders.

#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

std::string Flags() {
  std::ifstream file("tests/static/locks.flags");
  std::string flags, flag;
  while (std::getline(file, flag)) flags += " '" + flag + "'";
  return flags;
}

// A source, and what macros it needs.
class ThreadSafetyTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(
    Sources, ThreadSafetyTest,
    ::testing::Values(
        "-DLOCK=Mutex -DHOLDER=MutexLock tests/static/misuse.cc",
        "-DLOCK=SpinLock -DHOLDER=SpinLockHolder tests/static/misuse.cc",
        "tests/static/misuse_of_some.cc"));

TEST_P(ThreadSafetyTest, ClangObjectsToMisuseOnly) {
  const testing::Outcome outcome = testing::RunInShell(
      "clang++ -std=c++17 -fsyntax-only -Wthread-safety -Xclang -verify" +
      Flags() + " " + GetParam() + " 2>&1");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

}  // namespace
}  // namespace slicelock
