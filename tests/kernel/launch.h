#ifndef TESTS_KERNEL_LAUNCH_H_
#define TESTS_KERNEL_LAUNCH_H_

#include <string>
#include <vector>

namespace slicelock::kernel {

// Becomes the launcher of //tests/kernel:guest, a data dependency of this
// program, to run the program with these arguments (without its name) in a
// guest, with no time limit. Returns, why not, only if that fails.
std::string BecomeGuest(const std::vector<std::string>& arguments);

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_LAUNCH_H_
