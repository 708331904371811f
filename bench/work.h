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

// Out of line, so that every lock is measured around the same instructions.
ABSL_ATTRIBUTE_NOINLINE void Increment(volatile uint64_t& counter,
                                       uint64_t times);

// How many increments take so long, at least one. The first call measures.
uint64_t IncrementsIn(absl::Duration duration);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_WORK_H_
