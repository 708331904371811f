// How soon one CPU sees what another has stored: what it costs to hand a lock,
// and the data that it guards, to a thread on another CPU. Between two CPUs of
// a virtual machine it can change by a factor of five within minutes,
// presumably as the host moves them to one core or two.

#ifndef SLICELOCK_BENCH_CACHE_LINE_H_
#define SLICELOCK_BENCH_CACHE_LINE_H_

#include "absl/time/time.h"

namespace slicelock::bench {

// From one of the CPUs that the thread may use to another and back, the least
// of a few means: takes some milliseconds. Zero if there is no other, or if
// they are too busy to tell within 50 ms.
absl::Duration CacheLineRoundTrip();

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_CACHE_LINE_H_
