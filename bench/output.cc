#include "bench/output.h"

#include <utility>
#include <vector>

#include "bench/machine.h"
#include "bench/table_reporter.h"
#include "benchmark/benchmark.h"

namespace slicelock::bench {
namespace {

// Google Benchmark keeps --benchmark_format to itself, but makes the reporter.
benchmark::BenchmarkReporter* ForDisplay(TableReporter* table) {
  auto* const standard = benchmark::CreateDefaultDisplayReporter();
  if (dynamic_cast<benchmark::ConsoleReporter*>(standard) != nullptr) {
    return table;
  }
  return standard;
}

}  // namespace

Output::Output(const Facts& facts, std::vector<Column> columns, int repetitions,
               bool to_file)
    : table_(facts, std::move(columns)),
      display_(repetitions, ForDisplay(&table_)),
      file_(repetitions, &json_),
      to_file_(to_file) {
  for (const Fact& fact : facts) {
    benchmark::AddCustomContext(fact.key, fact.value);
  }
}

void Output::RunBenchmarks() {
  if (to_file_) {
    benchmark::RunSpecifiedBenchmarks(&display_, &file_);
  } else {
    benchmark::RunSpecifiedBenchmarks(&display_);
  }
}

}  // namespace slicelock::bench
