#include "tests/system_call_counter.h"

#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace slicelock::testing {
namespace {

// Which no code under test makes: it brackets what is counted.
constexpr uint64_t kMarker = SYS_getppid;

[[noreturn]] void RunChild(const std::function<void()>& before,
                           const std::function<void()>& counted) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
  raise(SIGSTOP);
  before();
  syscall(kMarker);
  counted();
  syscall(kMarker);
  _exit(0);
}

}  // namespace

std::map<uint64_t, int> CountSystemCalls(const std::function<void()>& before,
                                         const std::function<void()>& counted) {
  std::map<uint64_t, int> calls;
  const pid_t child = fork();
  if (child == 0) RunChild(before, counted);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSTOPPED(status)) << "the child could not be traced";
  ptrace(PTRACE_SETOPTIONS, child, nullptr,
         PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);

  int markers = 0;
  while (WIFSTOPPED(status)) {
    const int signal = WSTOPSIG(status);
    constexpr int kSystemCallStop = SIGTRAP | 0x80;
    if (signal == kSystemCallStop) {
      __ptrace_syscall_info info;
      const long size = ptrace(PTRACE_GET_SYSCALL_INFO, child,
                               reinterpret_cast<void*>(sizeof(info)), &info);
      EXPECT_GT(size, 0) << "PTRACE_GET_SYSCALL_INFO needs Linux 5.3";
      if (size > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        if (info.entry.nr == kMarker) {
          ++markers;
        } else if (markers == 1) {
          ++calls[info.entry.nr];
        }
      }
    }
    const bool to_deliver = signal != kSystemCallStop && signal != SIGSTOP;
    ptrace(PTRACE_SYSCALL, child, nullptr,
           reinterpret_cast<void*>(to_deliver ? intptr_t{signal} : 0));
    if (waitpid(child, &status, 0) < 0) break;
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << "the child ended with wait status " << status;
  EXPECT_EQ(markers, 2) << "the child did not run to its end";
  return calls;
}

}  // namespace slicelock::testing
