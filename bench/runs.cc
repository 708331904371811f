#include "bench/runs.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

namespace slicelock::bench {
namespace {

// Google Benchmark renamed the member in 1.8.
template <typename R>
auto FailureOfEither(const R& run, int) -> decltype(run.error_message) {
  return run.error_message;
}
template <typename R>
auto FailureOfEither(const R& run, long) -> decltype(run.skip_message) {
  return run.skip_message;
}

std::vector<double> ValuesOf(const std::vector<BenchmarkRun>& runs,
                             const std::string& counter) {
  std::vector<double> values;
  for (const BenchmarkRun& run : runs) {
    const std::optional<double> value = CounterOf(run, counter);
    if (value) values.push_back(*value);
  }
  return values;
}

std::optional<double> TakeCounter(BenchmarkRun& run, const std::string& name) {
  const std::optional<double> value = CounterOf(run, name);
  run.counters.erase(name);
  return value;
}

double RealSeconds(const BenchmarkRun& run) {
  return run.real_accumulated_time / static_cast<double>(run.iterations);
}

double CpuSeconds(const BenchmarkRun& run) {
  return run.cpu_accumulated_time / static_cast<double>(run.iterations);
}

}  // namespace

std::string FailureOf(const BenchmarkRun& run) {
  return FailureOfEither(run, 0);
}

std::optional<double> CounterOf(const BenchmarkRun& run,
                                const std::string& name) {
  const auto found = run.counters.find(name);
  if (found == run.counters.end()) return std::nullopt;
  return found->second.value;
}

BenchmarkRun PerOperation(BenchmarkRun run) {
  run.run_name.iterations.clear();
  run.run_name.repetitions.clear();
  run.run_name.time_type.clear();
  if (const auto threads = TakeCounter(run, kThreads)) {
    run.threads = static_cast<int64_t>(*threads);
  }
  if (const auto operations = TakeCounter(run, kOperations)) {
    run.iterations = static_cast<int64_t>(*operations);
  }
  if (const auto cpu_seconds = TakeCounter(run, kCpuSeconds)) {
    run.cpu_accumulated_time = *cpu_seconds;
  }
  return run;
}

BenchmarkRun Aggregate(const std::vector<BenchmarkRun>& repetitions,
                       const std::string& name,
                       double (*statistic)(const std::vector<double>&)) {
  BenchmarkRun aggregate = repetitions.front();
  aggregate.run_type = BenchmarkRun::RT_Aggregate;
  aggregate.aggregate_name = name;
  std::vector<double> real;
  std::vector<double> cpu;
  for (const BenchmarkRun& run : repetitions) {
    real.push_back(RealSeconds(run));
    cpu.push_back(CpuSeconds(run));
  }
  aggregate.iterations = 1;
  aggregate.real_accumulated_time = statistic(real);
  aggregate.cpu_accumulated_time = statistic(cpu);
  for (auto& [counter, value] : aggregate.counters) {
    value.value = statistic(ValuesOf(repetitions, counter));
  }
  return aggregate;
}

}  // namespace slicelock::bench
