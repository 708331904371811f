// Work of a known length: increments of a counter in memory, as many as this
// machine does in the time. Multiplications beside them set the pace: how soon
// a processor can load what it has just stored changes from moment to moment,
// by a factor of two.

#ifndef SLICELOCK_BENCH_WORK_H_
#define SLICELOCK_BENCH_WORK_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/time/time.h"

namespace slicelock::bench {

// In line: an emulator finds where a call to another page leads to, and a
// return, in a table in which others may be in the way, which made 15 % between
// locks three instructions apart. So each lock has a copy; the multiplications
// take as long in all.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Increment(volatile uint64_t& counter,
                                                   uint64_t times) {
  // Each waits for the one before; so many take longer than storing a word and
  // loading it again.
  constexpr int kMultiplications = 3;
  uint64_t chain = times;
  for (; times != 0; --times) {
    counter = counter + 1;
    for (int i = 0; i < kMultiplications; ++i) {
      chain *= 0x9e3779b97f4a7c15;  // No sum of shifts.
      asm volatile("" : "+r"(chain));
    }
  }
}

// How many increments take so long, at least one. The first call measures.
uint64_t IncrementsIn(absl::Duration duration);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_WORK_H_
