// For tests and benchmarks that run whole programs.

#ifndef SLICELOCK_TESTS_RUN_PROGRAM_H_
#define SLICELOCK_TESTS_RUN_PROGRAM_H_

#include <string>

namespace slicelock::testing {

struct Outcome {
  int status;  // -1: killed by a signal.
  std::string output;
};

// What `command` prints on standard output, and how it ends.
Outcome RunInShell(const std::string& command);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_RUN_PROGRAM_H_
