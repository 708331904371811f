#include "tests/kernel/launch.h"

#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/kernel/argv.h"
#include "tests/kernel/runfiles.h"

namespace slicelock::kernel {

std::string BecomeGuest(const std::vector<std::string>& arguments) {
  const std::string launcher = FindRunfile("tests/kernel/guest");
  if (launcher.empty()) {
    return "The guest is missing: start this program with bazel run.";
  }
  std::vector<std::string> command = {
      launcher, "--timeout=0", "--",
      std::filesystem::read_symlink("/proc/self/exe").string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  execv(command[0].c_str(), Argv(command).data());
  return absl::StrCat("Cannot start ", launcher, ": ", strerror(errno), ".");
}

}  // namespace slicelock::kernel
