#ifndef TESTS_KERNEL_QEMU_COMMAND_H_
#define TESTS_KERNEL_QEMU_COMMAND_H_

#include <string>
#include <vector>

#include "tests/kernel/machine.h"

namespace slicelock::kernel {

// What QEMU and this process share.
struct QemuFiles {
  std::string job;      // The folder of job.h.
  std::string console;  // The guest's messages are appended to this file.
  int out;              // The command's stdout goes to this descriptor,
  int err;              // and its stderr to this one.
};

// The program to run, and its arguments.
std::vector<std::string> QemuCommand(const Machine& machine,
                                     const QemuFiles& files);

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_QEMU_COMMAND_H_
