#include "tests/child_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>

namespace slicelock::testing {
namespace {

constexpr auto kPatience = std::chrono::minutes(1);

// False if it has not ended in time.
bool WaitFor(pid_t child, int* status) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (waitpid(child, status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace

pid_t Fork(const std::function<std::string()>& run) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const std::string complaint = run();
  if (complaint.empty()) _exit(EXIT_SUCCESS);
  fprintf(stderr, "In the child: %s.\n", complaint.c_str());
  _exit(EXIT_FAILURE);
}

std::string ComplaintOf(pid_t child) {
  if (child < 0) return std::string("not started: ") + strerror(errno);
  int status = 0;
  if (!WaitFor(child, &status)) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return "the child hung";
  }
  if (WIFSIGNALED(status)) {
    return std::string("the child was killed: ") + strsignal(WTERMSIG(status));
  }
  if (WEXITSTATUS(status) == EXIT_SUCCESS) return "";
  return "the child's exit status is " + std::to_string(WEXITSTATUS(status));
}

}  // namespace slicelock::testing
