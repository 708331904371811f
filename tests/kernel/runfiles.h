#ifndef TESTS_KERNEL_RUNFILES_H_
#define TESTS_KERNEL_RUNFILES_H_

#include <string>

namespace slicelock::kernel {

// The file that Bazel has put at `path` of this repository for this program, or
// for the one that started it. Empty if there is none.
std::string FindRunfile(const std::string& path);

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_RUNFILES_H_
