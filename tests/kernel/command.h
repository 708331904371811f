// The command to run in the guest, as the guest needs to know it.

#ifndef TESTS_KERNEL_COMMAND_H_
#define TESTS_KERNEL_COMMAND_H_

#include <string>
#include <vector>

namespace slicelock::kernel {

struct Command {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string directory;
};

// `argv` with the directory and environment of whoever started this program.
Command MakeCommand(std::vector<std::string> argv);

// Where a relative `path` starts: under `bazel run` the folder the user is in,
// unless only the program's own working directory has such a file.
std::string DirectoryFor(const std::string& path);

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_COMMAND_H_
