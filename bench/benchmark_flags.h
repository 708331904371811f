// Google Benchmark's flags, as arguments of a program (without its name).

#ifndef SLICELOCK_BENCH_BENCHMARK_FLAGS_H_
#define SLICELOCK_BENCH_BENCHMARK_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace slicelock::bench {

// Refuses those that would not do what they say: rows are chosen, repeated and
// counted here, not by Google Benchmark.
absl::Status CheckBenchmarkFlags(const std::vector<std::string>& arguments);

// Whether --benchmark_out is among them.
bool WritesFile(const std::vector<std::string>& arguments);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_BENCHMARK_FLAGS_H_
