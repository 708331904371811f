#include "tests/kernel/command.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace slicelock::kernel {
namespace {

// Files and folders that Bazel gives a test, which the guest cannot write.
constexpr const char* kDropped[] = {
    "COVERAGE_OUTPUT_FILE=",
    "TEST_INFRASTRUCTURE_FAILURE_FILE=",
    "TEST_LOGSPLITTER_OUTPUT_FILE=",
    "TEST_PREMATURE_EXIT_FILE=",
    "TEST_SHARD_STATUS_FILE=",
    "TEST_UNDECLARED_OUTPUTS_",
    "TEST_UNUSED_RUNFILES_LOG_FILE=",
    "TEST_WARNINGS_OUTPUT_FILE=",
    "XML_OUTPUT_FILE=",
};

// Folders for which the guest has its own, /tmp.
constexpr const char* kTemporary[] = {
    "GTEST_TMP_DIR=", "TEST_TMPDIR=", "TMPDIR="};

bool IsDropped(const std::string& variable) {
  for (const char* name : kDropped) {
    if (absl::StartsWith(variable, name)) return true;
  }
  return false;
}

std::string ForGuest(const std::string& variable) {
  for (const char* name : kTemporary) {
    if (absl::StartsWith(variable, name)) return absl::StrCat(name, "/tmp");
  }
  return variable;
}

std::vector<std::string> EnvironmentForGuest() {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!IsDropped(*variable)) result.push_back(ForGuest(*variable));
  }
  return result;
}

}  // namespace

std::string DirectoryFor(const std::string& path) {
  const std::filesystem::path here = std::filesystem::current_path();
  const char* user = getenv("BUILD_WORKING_DIRECTORY");
  if (user == nullptr) return here;
  const bool only_here =
      access((std::filesystem::path(user) / path).c_str(), F_OK) != 0 &&
      access((here / path).c_str(), F_OK) == 0;
  return only_here ? here.string() : user;
}

Command MakeCommand(std::vector<std::string> argv) {
  std::string directory = DirectoryFor(argv[0]);
  return {std::move(argv), EnvironmentForGuest(), std::move(directory)};
}

}  // namespace slicelock::kernel
