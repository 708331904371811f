#include "tests/run_program.h"

#include <stdio.h>
#include <sys/wait.h>

#include <string>

namespace slicelock::testing {

Outcome RunInShell(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, ""};
  Outcome outcome;
  char buffer[4096];
  while (const size_t size = fread(buffer, 1, sizeof(buffer), pipe)) {
    outcome.output.append(buffer, size);
  }
  const int wait_status = pclose(pipe);
  outcome.status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
  return outcome;
}

}  // namespace slicelock::testing
