// For tests that run whole programs.

#ifndef SLICELOCK_BENCH_SHELL_H_
#define SLICELOCK_BENCH_SHELL_H_

#include <stdio.h>
#include <sys/wait.h>

#include <string>

namespace slicelock::bench {

struct Outcome {
  int status;  // -1: killed by a signal.
  std::string output;
};

// What `command` prints on stdout, and how it ends.
inline Outcome RunInShell(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  Outcome outcome;
  char buffer[4096];
  while (const size_t size = fread(buffer, 1, sizeof(buffer), pipe)) {
    outcome.output.append(buffer, size);
  }
  const int wait_status = pclose(pipe);
  outcome.status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
  return outcome;
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_SHELL_H_
