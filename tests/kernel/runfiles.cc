#include "tests/kernel/runfiles.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

namespace slicelock::kernel {
namespace {

constexpr char kSuffix[] = ".runfiles";

std::vector<std::string> Trees() {
  const std::string self = std::filesystem::absolute(program_invocation_name);
  std::vector<std::string> trees = {self + kSuffix};
  // Started from inside another program's tree.
  const size_t inside = self.rfind(std::string(kSuffix) + "/");
  if (inside != self.npos) {
    trees.push_back(self.substr(0, inside) + kSuffix);
  }
  for (const char* variable : {"RUNFILES_DIR", "TEST_SRCDIR"}) {
    if (const char* value = getenv(variable)) trees.push_back(value);
  }
  return trees;
}

// The folder between is this repository, whose name is the user's choice.
std::string FindInTree(const std::string& tree, const std::string& path) {
  glob_t found = {};
  std::string first;
  if (glob((tree + "/*/" + path).c_str(), 0, nullptr, &found) == 0) {
    first = found.gl_pathv[0];
  }
  globfree(&found);
  return first;
}

}  // namespace

std::string FindRunfile(const std::string& path) {
  for (const std::string& tree : Trees()) {
    std::string found = FindInTree(tree, path);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace slicelock::kernel
