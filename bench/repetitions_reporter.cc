#include "bench/repetitions_reporter.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bench/runs.h"
#include "bench/statistics.h"
#include "benchmark/benchmark.h"

namespace slicelock::bench {

RepetitionsReporter::RepetitionsReporter(int repetitions,
                                         benchmark::BenchmarkReporter* inner)
    : repetitions_(repetitions), inner_(inner) {}

bool RepetitionsReporter::ReportContext(const Context& context) {
  inner_->SetOutputStream(&GetOutputStream());
  inner_->SetErrorStream(&GetErrorStream());
  return inner_->ReportContext(context);
}

void RepetitionsReporter::ReportRuns(const std::vector<BenchmarkRun>& runs) {
  for (const BenchmarkRun& run : runs) {
    if (FailureOf(run) == kInterrupted) continue;
    BenchmarkRun cleaned = PerOperation(run);
    const std::string name = cleaned.benchmark_name();
    std::vector<BenchmarkRun>& row = incomplete_[name];
    cleaned.repetitions = repetitions_;
    cleaned.repetition_index = static_cast<int64_t>(row.size());
    row.push_back(std::move(cleaned));
    if (static_cast<int>(row.size()) < repetitions_) continue;
    Report(std::move(row));
    incomplete_.erase(name);
  }
}

void RepetitionsReporter::Finalize() {
  for (auto& [name, row] : incomplete_) Report(std::move(row));
  incomplete_.clear();
  inner_->Finalize();
}

void RepetitionsReporter::Report(std::vector<BenchmarkRun> repetitions) {
  std::vector<BenchmarkRun> good;
  std::copy_if(repetitions.begin(), repetitions.end(), std::back_inserter(good),
               [](const BenchmarkRun& run) { return FailureOf(run).empty(); });
  if (good.size() > 1) {
    repetitions.push_back(Aggregate(good, kMedian, Median));
    BenchmarkRun spread = Aggregate(good, kSpread, Spread);
    spread.aggregate_unit = benchmark::kPercentage;
    repetitions.push_back(std::move(spread));
  }
  inner_->ReportRuns(repetitions);
}

}  // namespace slicelock::bench
