#include "locks/observe/stack_trace.h"

#include <atomic>

#include "locks/observe/checks.h"
#include "locks/observe/standard_error.h"

#if SLICELOCK_CHECKS
#include "absl/debugging/stacktrace.h"
#include "absl/debugging/symbolize.h"
#endif

namespace slicelock {

namespace {

#if SLICELOCK_CHECKS

using absl::GetStackTrace;
using absl::Symbolize;

#else

int GetStackTrace(void** /*frames*/, int /*max_frames*/, int /*skip_count*/) {
  return 0;
}

bool Symbolize(const void* /*pc*/, char* /*out*/, int /*out_size*/) {
  return false;
}

#endif

using Symbolizer = bool (*)(const void* pc, char* out, int out_size);

std::atomic<Symbolizer> registered_symbolizer{Symbolize};

}  // namespace

StackTrace StackTrace::Here() {
  StackTrace trace;
  trace.depth_ = GetStackTrace(trace.frames_, kMaxFrames, /*skip_count=*/1);
  return trace;
}

void StackTrace::Print() const {
  const Symbolizer symbolize =
      registered_symbolizer.load(std::memory_order_acquire);
  for (int i = 0; i < depth_; ++i) {
    // The call, rather than what comes after it.
    const char* const pc = static_cast<const char*>(frames_[i]) - 1;
    char name[400];
    const bool known = symbolize(pc, name, sizeof(name));
    PrintLine("    @ %p  %s", frames_[i], known ? name : "(unknown)");
  }
}

void RegisterSymbolizer(Symbolizer symbolizer) {
  registered_symbolizer.store(symbolizer == nullptr ? Symbolize : symbolizer,
                              std::memory_order_release);
}

}  // namespace slicelock
