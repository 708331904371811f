#include "tests/grants.h"

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "locks/slice_section.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"
#include "tests/endless_threads.h"
#include "tests/running_kernel.h"

namespace slicelock::testing {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

bool Contains(const char* variable, std::string_view text) {
  const char* value = getenv(variable);
  return value != nullptr &&
         std::string_view(value).find(text) != std::string_view::npos;
}

// Whether both the kernel and the way this process was started let the
// extension be on.
bool ExtensionIsDue() {
  return KernelHasExtension() &&
         (Contains("SLICELOCK_RSEQ", "takeover") ||
          Contains("GLIBC_TUNABLES", "glibc.pthread.rseq=0"));
}

bool IsGrantedTime() {
  // So that the scheduler has somebody to preempt for, on every CPU.
  const int count = 2 * static_cast<int>(std::thread::hardware_concurrency());
  const EndlessThreads busy(count, [] {});
  const uint64_t before = GetThreadSliceCounters().grants;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  volatile int work = 0;
  while (GetThreadSliceCounters().grants == before) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    const SliceSection section;
    for (int i = 0; i < 1000; ++i) work = work + 1;
  }
  return true;
}

}  // namespace

std::string ThreadComplaint() {
  const Status status = GetStatus();
  const auto& thread = rseq_abi::current_thread;
  if (thread.sections.depth() != 0) {
    return "in no section, its depth is " +
           std::to_string(thread.sections.depth());
  }
  if (thread.control->requested()) return "a request was not withdrawn";
  if (thread.control->granted()) return "a grant was not ended";
  if (!status.on()) return ExtensionIsDue() ? status.sentence() : "";
  return IsGrantedTime() ? "" : "no section is granted an extension any more";
}

}  // namespace slicelock::testing
