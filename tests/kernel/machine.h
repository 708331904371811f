#ifndef TESTS_KERNEL_MACHINE_H_
#define TESTS_KERNEL_MACHINE_H_

#include <string>

#include "absl/time/time.h"
#include "tests/kernel/accelerator.h"

namespace slicelock::kernel {

// A virtual machine and the kernel that runs on it.
struct Machine {
  std::string kernel;
  std::string initramfs;
  std::string root;    // A folder laid over the host's; empty: none.
  std::string append;  // To the kernel's command line.
  Accelerator accelerator = Accelerator::kTcg;
  int cpus = 2;
  int memory_mib = 2048;
  int slice_ns = 0;  // 0: what the kernel has by itself.
  absl::Duration boot_timeout;
  absl::Duration timeout;
};

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_MACHINE_H_
