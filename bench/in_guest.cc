#include "bench/in_guest.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/benchmark_flags.h"
#include "bench/machine.h"
#include "rseq_abi/policy.h"
#include "rseq_abi/status.h"
#include "tests/kernel/argv.h"
#include "tests/kernel/runfiles.h"

namespace slicelock::bench {
namespace {

int Fail(const std::string& sentences) {
  std::fprintf(stderr, "%s\n", sentences.c_str());
  return EXIT_FAILURE;
}

// The main thread's own is settled by its first lock, or question.
Status StatusOfNewThread() {
  return std::async(std::launch::async, GetStatus).get();
}

int Become(std::vector<std::string> command) {
  execv(command[0].c_str(), kernel::Argv(command).data());
  return Fail(absl::StrCat("Cannot start ", command[0], ": ",
                           std::strerror(errno), "."));
}

}  // namespace

Status TurnExtensionsOn() {
  const Status status = StatusOfNewThread();
  if (status.code() != StatusCode::kOffLegacyRegistration) return status;
  if (std::getenv("SLICELOCK_RSEQ") != nullptr) return status;
  SetPolicy(Policy::kTakeover);
  return StatusOfNewThread();
}

bool NeedsGuest(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOffKernelTooOld:
    case StatusCode::kOffKernelConfiguration:
    case StatusCode::kOffKernelBoot:
    case StatusCode::kOffKernelWantsMore:
    case StatusCode::kOffBlocked:
    case StatusCode::kOffForeignRegistration:
    case StatusCode::kOffNoExitHook:
      return true;
    default:
      return false;
  }
}

int MeasureInGuest(const Status& status, std::vector<std::string> arguments) {
  if (WritesFile(arguments)) {
    return Fail(absl::StrCat(
        status.sentence(),
        " A guest would measure instead, which cannot write files here: "
        "redirect the output of --benchmark_format=json, or measure --here."));
  }
  const std::string launcher = kernel::FindRunfile("tests/kernel/guest");
  if (launcher.empty()) {
    return Fail(absl::StrCat(
        status.sentence(),
        " The guest to measure in is missing: start the benchmark with bazel "
        "run, or measure --here."));
  }
  std::fprintf(stderr, "%s Measuring in a guest whose kernel grants them.\n",
               status.sentence());
  // No time limit: how long the rows take is the user's choice.
  std::vector<std::string> command = {
      launcher, "--timeout=0", "--",
      std::filesystem::read_symlink("/proc/self/exe").string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--here", "--noguest", "--progress=lines",
                                 absl::StrCat("--host_cpu=", CpuModel())});
  return Become(std::move(command));
}

}  // namespace slicelock::bench
