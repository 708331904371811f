// Rows as Google Benchmark hands them to reporters.

#ifndef SLICELOCK_BENCH_RUNS_H_
#define SLICELOCK_BENCH_RUNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

namespace slicelock::bench {

using BenchmarkRun = benchmark::BenchmarkReporter::Run;

// Counters for PerOperation().
inline constexpr char kOperations[] = "operations";
inline constexpr char kThreads[] = "threads";
inline constexpr char kCpuSeconds[] = "cpu_seconds";

// Instead of a failure: the user ended the program before this row.
inline constexpr char kInterrupted[] = "interrupted";

// Names of aggregates, as Google Benchmark has "mean" and "stddev".
inline constexpr char kMedian[] = "median";
inline constexpr char kSpread[] = "spread";

// Repetitions further apart than this do not tell which of two locks is faster.
inline constexpr double kWideSpread = 0.2;

// Why the row failed; empty if it did not.
std::string FailureOf(const BenchmarkRun& run);

std::optional<double> CounterOf(const BenchmarkRun& run,
                                const std::string& name);

// Tells Google Benchmark what its one iteration, that started threads of its
// own, was about: as many iterations as operations, in so many threads.
BenchmarkRun PerOperation(BenchmarkRun run);

// An aggregate over `repetitions` of a row, none of which failed: each counter
// becomes the `statistic` of the counters.
BenchmarkRun Aggregate(const std::vector<BenchmarkRun>& repetitions,
                       const std::string& name,
                       double (*statistic)(const std::vector<double>&));

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_RUNS_H_
