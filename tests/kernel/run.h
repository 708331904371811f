#ifndef TESTS_KERNEL_RUN_H_
#define TESTS_KERNEL_RUN_H_

#include <string>

#include "tests/kernel/command.h"
#include "tests/kernel/machine.h"

namespace slicelock::kernel {

enum class End {
  kExited,        // The command ended.
  kNoQemu,        // QEMU is not installed.
  kNoFolder,      // No temporary folder.
  kNoBoot,        // The guest ended before it started the command.
  kBootTimedOut,  // The guest took too long to start the command.
  kDied,          // The guest ended before the command did.
  kTimedOut,      // The command ran too long.
  kInterrupted    // A signal told this process to end.
};

struct Outcome {
  End end;
  // kExited: the command's exit status. kNoFolder: errno. kInterrupted: the
  // signal.
  int number = 0;
  std::string console;  // The last lines of it.
};

// Runs `command` in a new guest and forwards what it prints. The guest and its
// files are gone when this returns, or when this process ends in any way.
Outcome Run(const Machine& machine, const Command& command);

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_RUN_H_
