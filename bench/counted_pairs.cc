// Pairs for callgrind to count: see CountInstructions().

#include <optional>
#include <thread>

#include "absl/base/attributes.h"
#include "bench/locks_under_test.h"
#include "bench/own_area.h"
#include "bench/pairs.h"
#include "bench/pairs_counted.h"
#include "rseq_abi/thread.h"

// Callgrind counts what is done in here, and tells after each call. It knows
// functions by their names, and these are the simplest.
extern "C" ABSL_ATTRIBUTE_NOINLINE void slicelock_count(void (*pairs)(void*),
                                                        void* lock) {
  pairs(lock);
  asm volatile("");  // No tail call.
}

namespace slicelock::bench {
namespace {

template <typename Lock>
void Count(const LockUnderTest<Lock>& subject) {
  // As in a process that has threads, whatever the C library makes of it.
  std::thread([&subject] {
    std::optional<RequestsInOwnArea> own_area;
    if (subject.requests == Requests::kOn) own_area.emplace();
    SetThreadRequests(subject.requests == Requests::kOn);
    Lock lock;
    RunPairs(lock, 1);  // Finds functions in shared objects.
    slicelock_count(
        [](void* l) { RunPairs(*static_cast<Lock*>(l), kPairsCounted); },
        &lock);
  }).join();
}

}  // namespace
}  // namespace slicelock::bench

int main() {
  slicelock::bench::ForEachPair(
      [](const auto& subject) { slicelock::bench::Count(subject); });
}
