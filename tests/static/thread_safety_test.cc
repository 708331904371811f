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

void ExpectObjectionsToMisuseOnly(const std::string& lock,
                                  const std::string& holder) {
  const testing::Outcome outcome = testing::RunInShell(
      "clang++ -std=c++17 -fsyntax-only -Wthread-safety -Xclang -verify"
      " -DLOCK=" +
      lock + " -DHOLDER=" + holder + Flags() + " tests/static/misuse.cc 2>&1");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

TEST(ThreadSafetyTest, ClangObjectsToMisuseOfMutexOnly) {
  ExpectObjectionsToMisuseOnly("Mutex", "MutexLock");
}

TEST(ThreadSafetyTest, ClangObjectsToMisuseOfSpinLockOnly) {
  ExpectObjectionsToMisuseOnly("SpinLock", "SpinLockHolder");
}

}  // namespace
}  // namespace slicelock
