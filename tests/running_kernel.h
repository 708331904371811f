// The kernel that the test runs on.

#ifndef SLICELOCK_TESTS_RUNNING_KERNEL_H_
#define SLICELOCK_TESTS_RUNNING_KERNEL_H_

#include <fstream>
#include <string>

#include "rseq_abi/kernel_calls.h"

namespace slicelock::testing {

// However this process fares with it.
inline bool KernelHasExtension() {
  return rseq_abi::SliceExtensionEnabled() >= 0;
}

inline bool KernelIsBootedWithoutExtension() {
  std::ifstream command_line("/proc/cmdline");
  for (std::string word; command_line >> word;) {
    if (word == "rseq_slice_ext=0") return true;
  }
  return false;
}

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_RUNNING_KERNEL_H_
