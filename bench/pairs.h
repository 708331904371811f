// What is done over and over where nobody competes: acquire and release.

#ifndef SLICELOCK_BENCH_PAIRS_H_
#define SLICELOCK_BENCH_PAIRS_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/base/attributes.h"
#include "bench/locks_under_test.h"
#include "locks/slice_section.h"

namespace slicelock::bench {

// The least that a lock can do.
class BarePair {
 public:
  void lock() { word_.exchange(1, std::memory_order_acquire); }
  void unlock() { word_.store(0, std::memory_order_release); }

 private:
  std::atomic<uint8_t> word_{0};
};

// A section without a lock.
struct BareSection {
  void lock() { SliceSection::Enter(); }
  void unlock() { SliceSection::Leave(); }
};

// Calls `visit` with the LockUnderTest of each lock, the yardsticks first.
template <typename Visit>
void ForEachPair(Visit&& visit) {
  visit(LockUnderTest<BarePair>{"exchange+store", Requests::kNever});
  visit(LockUnderTest<BareSection>{"section/on", Requests::kOn});
  visit(LockUnderTest<BareSection>{"section/off", Requests::kOff});
  ForEachLock(visit);
}

// Out of line, so that a lock is measured, and counted, in the same code.
template <typename Lock>
ABSL_ATTRIBUTE_NOINLINE void RunPairs(Lock& lock, int pairs) {
  for (; pairs > 0; --pairs) {
    Acquire(lock);
    Release(lock);
  }
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_PAIRS_H_
