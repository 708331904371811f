#ifndef SLICELOCK_BENCH_OUTPUT_H_
#define SLICELOCK_BENCH_OUTPUT_H_

#include <vector>

#include "bench/machine.h"
#include "bench/repetitions_reporter.h"
#include "bench/table_reporter.h"
#include "benchmark/benchmark.h"

namespace slicelock::bench {

// What comes out of a benchmark program: a table, or what --benchmark_format
// asks for, on standard output; JSON in the file that --benchmark_out names.
// Each says where it was measured.
class Output {
 public:
  Output(const Facts& facts, std::vector<Column> columns, int repetitions,
         bool to_file);

  // Runs what is registered.
  void RunBenchmarks();

 private:
  TableReporter table_;
  benchmark::JSONReporter json_;
  RepetitionsReporter display_;
  RepetitionsReporter file_;
  const bool to_file_;
};

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_OUTPUT_H_
