// How many instructions an acquire and release take.

#ifndef SLICELOCK_BENCH_PAIRS_COUNTED_H_
#define SLICELOCK_BENCH_PAIRS_COUNTED_H_

#include <map>
#include <string>

namespace slicelock::bench {

// So many of each lock does //bench:counted_pairs, for callgrind to count. The
// call around them is less than what is shown.
inline constexpr int kPairsCounted = 10000;

// By the name of the lock; empty if valgrind, or counted_pairs, is not there.
// Runs for some seconds.
std::map<std::string, double> CountInstructions();

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_PAIRS_COUNTED_H_
