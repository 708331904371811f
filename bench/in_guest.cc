#include "bench/in_guest.h"

#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/benchmark_flags.h"
#include "bench/machine.h"
#include "rseq_abi/policy.h"
#include "rseq_abi/status.h"
#include "tests/kernel/launch.h"

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
  std::fprintf(stderr, "%s Measuring in a guest whose kernel grants them.\n",
               status.sentence());
  arguments.insert(arguments.end(), {"--here", "--noguest", "--progress=lines",
                                     absl::StrCat("--host_cpu=", CpuModel())});
  return Fail(
      absl::StrCat(kernel::BecomeGuest(arguments), " (Or measure --here.)"));
}

}  // namespace slicelock::bench
