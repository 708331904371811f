#ifndef SLICELOCK_BENCH_REPETITIONS_REPORTER_H_
#define SLICELOCK_BENCH_REPETITIONS_REPORTER_H_

#include <map>
#include <string>
#include <vector>

#include "bench/runs.h"
#include "benchmark/benchmark.h"

namespace slicelock::bench {

// Stands before another reporter and collects the repetitions of each row,
// which come interleaved with those of other rows. Google Benchmark would
// repeat a row many times in a row, or shuffle all of them: either way rows
// that are to be compared are measured at different times, on a machine that
// changes.
//
// The other reporter gets all repetitions of a row at once, followed, if there
// were several, by their median and spread.
class RepetitionsReporter : public benchmark::BenchmarkReporter {
 public:
  // `inner` is not owned.
  RepetitionsReporter(int repetitions, benchmark::BenchmarkReporter* inner);

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<BenchmarkRun>& runs) override;
  void Finalize() override;

 private:
  void Report(std::vector<BenchmarkRun> repetitions);

  const int repetitions_;
  benchmark::BenchmarkReporter* const inner_;
  std::map<std::string, std::vector<BenchmarkRun>> incomplete_;
};

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_REPETITIONS_REPORTER_H_
