// How locks fare when threads compete for them: ours, with and without time
// slice extensions, beside those that people use today. See README.md.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "bench/benchmark_flags.h"
#include "bench/contention_row.h"
#include "bench/grid.h"
#include "bench/in_guest.h"
#include "bench/interrupt.h"
#include "bench/locks_under_test.h"
#include "bench/machine.h"
#include "bench/output.h"
#include "bench/progress.h"
#include "bench/runs.h"
#include "bench/table_reporter.h"
#include "bench/time_stamp.h"
#include "bench/work.h"
#include "benchmark/benchmark.h"
#include "rseq_abi/status.h"

ABSL_FLAG(bool, full, false,
          "all lengths of section, instead of the two that matter most");
ABSL_FLAG(std::vector<std::string>, threads,
          std::vector<std::string>({"1", "2", "4", "8", "16"}),
          "numbers of threads that compete");
ABSL_FLAG(std::vector<std::string>, sections, {},
          "how long a holder keeps the lock, as 500ns or 3us; the default is "
          "500ns,3us, with --full 50ns,500ns,3us,20us");
ABSL_FLAG(std::vector<std::string>, locks, {},
          "locks to measure, by name (Mutex/on) or family (Mutex); all by "
          "default");
ABSL_FLAG(double, seconds, 1, "how long to measure each row");
ABSL_FLAG(int, repetitions, 1,
          "how often to measure each row, the locks of one setting in turn; "
          "above 1, tables show the median and the spread");
ABSL_FLAG(bool, here, false,
          "measure on this kernel, even if it grants no time slice extensions, "
          "instead of in a guest");
ABSL_FLAG(std::string, progress, "auto",
          "inplace (one line, rewritten), lines, or auto: whichever suits "
          "standard error");
ABSL_FLAG(std::string, host_cpu, "",
          "the processor of the host, if this is a guest; the benchmark tells "
          "itself");

namespace slicelock::bench {
namespace {

constexpr int kExitRowFailed = 1;
constexpr int kExitBadArguments = 2;

constexpr absl::Duration kPause = absl::Nanoseconds(100);

struct Plan {
  std::vector<Cell> grid;
  std::vector<std::string> locks;
  int repetitions;
  absl::Duration duration;
  ProgressStyle progress;

  int rows() const {
    return static_cast<int>(grid.size() * locks.size()) * repetitions;
  }
};

std::vector<std::string> LockNames() {
  std::vector<std::string> names;
  ForEachLock([&names](const auto& lock) { names.push_back(lock.name); });
  return names;
}

std::vector<std::string> Sections() {
  std::vector<std::string> chosen = absl::GetFlag(FLAGS_sections);
  if (!chosen.empty()) return chosen;
  if (absl::GetFlag(FLAGS_full)) return {"50ns", "500ns", "3us", "20us"};
  return {"500ns", "3us"};
}

absl::StatusOr<ProgressStyle> ParseProgressStyle(const std::string& text) {
  if (text == "auto") return DefaultProgressStyle();
  if (text == "inplace") return ProgressStyle::kInPlace;
  if (text == "lines") return ProgressStyle::kLines;
  return absl::InvalidArgumentError(
      "--progress is auto, inplace or lines, not \"" + text + "\"");
}

absl::StatusOr<Plan> PlanFromFlags() {
  auto grid = MakeGrid(absl::GetFlag(FLAGS_threads), Sections());
  if (!grid.ok()) return grid.status();
  auto locks = SelectNames(LockNames(), absl::GetFlag(FLAGS_locks));
  if (!locks.ok()) return locks.status();
  auto progress = ParseProgressStyle(absl::GetFlag(FLAGS_progress));
  if (!progress.ok()) return progress.status();
  const double seconds = absl::GetFlag(FLAGS_seconds);
  if (!(seconds > 0 && seconds <= 3600)) {
    return absl::InvalidArgumentError("--seconds is above 0, up to 3600");
  }
  const int repetitions = absl::GetFlag(FLAGS_repetitions);
  if (repetitions < 1) {
    return absl::InvalidArgumentError("--repetitions is at least 1");
  }
  return Plan{*std::move(grid), *std::move(locks), repetitions,
              absl::Seconds(seconds), *progress};
}

double Nanoseconds(Ticks ticks) {
  return static_cast<double>(ticks) * NanosecondsPerTick();
}

void FillCounters(const ContentionRow& row, Requests requests,
                  benchmark::UserCounters& counters) {
  const double acquisitions = static_cast<double>(row.acquisitions);
  counters[kAcquisitions] = acquisitions;
  counters[kPerSecond] =
      acquisitions / absl::ToDoubleSeconds(row.period.elapsed);
  counters["wait_p50_ns"] = Nanoseconds(row.waits.p50);
  counters["wait_p99_ns"] = Nanoseconds(row.waits.p99);
  counters["wait_p99.9_ns"] = Nanoseconds(row.waits.p999);
  counters["wait_max_ns"] = Nanoseconds(row.waits.longest);
  counters["fairness"] = row.fairness;
  counters[kCpuSeconds] = absl::ToDoubleSeconds(row.period.cpu_time);
  counters["cpu_ns_per_acquisition"] =
      absl::ToDoubleNanoseconds(row.period.cpu_time) / acquisitions;
  if (requests == Requests::kNever) return;
  counters["grants"] = static_cast<double>(row.slices.grants);
  counters["yields"] = static_cast<double>(row.slices.yields);
  if (!row.kernel) return;
  counters["kernel_grants"] = static_cast<double>(row.kernel->grants);
  counters["kernel_expirations"] = static_cast<double>(row.kernel->expirations);
  counters["kernel_revocations"] = static_cast<double>(row.kernel->revocations);
  counters["kernel_yields"] = static_cast<double>(row.kernel->yields);
  counters["kernel_aborts"] = static_cast<double>(row.kernel->aborts);
}

std::vector<Column> Columns() {
  return {
      {"acq/s", kPerSecond},
      {"p50 us", "wait_p50_ns", 1e3},
      {"p99 us", "wait_p99_ns", 1e3},
      {"p99.9 us", "wait_p99.9_ns", 1e3},
      {"max us", "wait_max_ns", 1e3},
      {"Jain", "fairness"},
      {"CPU ns/acq", "cpu_ns_per_acquisition"},
      {"grants", "grants"},
      {"yields", "yields"},
      {"revoked", "kernel_revocations"},
  };
}

// Runs rows one by one, in the order in which they were registered.
class Rows {
 public:
  explicit Rows(const Plan& plan)
      : plan_(plan), progress_(plan.rows(), plan.progress) {
    for (const Cell& cell : plan_.grid) {
      for (int i = 0; i < plan_.repetitions; ++i) RegisterLocks(cell);
    }
  }

  bool failed() const { return failed_; }

 private:
  void RegisterLocks(const Cell& cell) {
    ForEachLock([this, &cell](const auto& lock) {
      if (!absl::c_linear_search(plan_.locks, lock.name)) return;
      benchmark::RegisterBenchmark(lock.name.c_str(),
                                   [this, lock, cell](benchmark::State& state) {
                                     Measure(lock, cell, state);
                                   })
          ->ArgNames({kThreads, kSectionNs})
          ->Args({cell.threads, absl::ToInt64Nanoseconds(cell.section)})
          ->Iterations(1)
          ->Repetitions(1)
          ->UseManualTime();
    });
  }

  template <typename Lock>
  void Measure(const LockUnderTest<Lock>& lock, const Cell& cell,
               benchmark::State& state) {
    if (Interrupted()) {
      state.SkipWithError(kInterrupted);
      return;
    }
    progress_.Begin(SettingName(cell.threads, cell.section), lock.name);
    ContentionRow row;
    for (auto _ : state) {
      row = MeasureContention(lock, {cell.threads, IncrementsIn(cell.section),
                                     IncrementsIn(kPause), plan_.duration});
      state.SetIterationTime(absl::ToDoubleSeconds(row.period.elapsed));
    }
    progress_.End();
    state.counters[kThreads] = cell.threads;
    state.counters[kSectionNs] = absl::ToDoubleNanoseconds(cell.section);
    FillCounters(row, lock.requests, state.counters);
    if (row.failure.empty()) return;
    failed_ = true;
    state.SkipWithError(row.failure.c_str());
  }

  const Plan plan_;
  Progress progress_;
  bool failed_ = false;
};

std::string DescribeRows(const Plan& plan) {
  const std::string duration = absl::FormatDuration(plan.duration);
  if (plan.repetitions == 1) return duration + " each";
  return absl::StrFormat(
      "%s each, %d times, in turn with the others of their setting; shown are "
      "medians, and the spread of acq/s, (largest - smallest) / median (!: too "
      "wide to conclude from)",
      duration, plan.repetitions);
}

Facts DescribeRun(const Plan& plan, const Status& status) {
  Facts facts = DescribeMachine(absl::GetFlag(FLAGS_host_cpu));
  facts.push_back({"slice_status", "Status", status.sentence()});
  facts.push_back({"work", "Work",
                   absl::StrFormat("%d increments of a counter take 1 us, "
                                   "%.3f ticks 1 ns",
                                   IncrementsIn(absl::Microseconds(1)),
                                   1 / NanosecondsPerTick())});
  facts.push_back({"rows", "Rows", DescribeRows(plan)});
  return facts;
}

int MeasureHere(const Plan& plan, const Status& status, bool to_file) {
  Output output(DescribeRun(plan, status), Columns(), plan.repetitions,
                to_file);
  Rows rows(plan);
  CatchInterrupt();
  output.RunBenchmarks();
  if (Interrupted()) return kExitInterrupted;
  if (TickDrift() > 0.01) {
    std::fprintf(stderr,
                 "The waits are wrong: this machine's time stamp counter does "
                 "not run evenly.\n");
    return kExitRowFailed;
  }
  return rows.failed() ? kExitRowFailed : EXIT_SUCCESS;
}

int Refuse(const absl::Status& status) {
  absl::FPrintF(stderr, "%s\n", status.message());
  return kExitBadArguments;
}

void PrintHelp() {
  char name[] = "contention";
  char help[] = "--help";
  char* argv[] = {name, help, nullptr};
  absl::ParseCommandLine(2, argv);
}

int Main(int argc, char** argv) {
  // Google Benchmark takes its own flags away.
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  absl::SetProgramUsageMessage(
      "measures locks under contention, where the kernel grants time slice "
      "extensions: here or, if not, in a guest. Of Google Benchmark's "
      "flags it takes --benchmark_format=json, --benchmark_out=FILE and "
      "--benchmark_context=KEY=VALUE.");
  if (const auto checked = CheckBenchmarkFlags(arguments); !checked.ok()) {
    return Refuse(checked);
  }
  benchmark::Initialize(&argc, argv, PrintHelp);
  if (absl::ParseCommandLine(argc, argv).size() > 1) {
    std::fprintf(stderr, "There are no arguments, only flags; see --help.\n");
    return kExitBadArguments;
  }
  const absl::StatusOr<Plan> plan = PlanFromFlags();
  if (!plan.ok()) return Refuse(plan.status());
  const Status status = TurnExtensionsOn();
  if (status.on() || absl::GetFlag(FLAGS_here)) {
    return MeasureHere(*plan, status, WritesFile(arguments));
  }
  if (NeedsGuest(status)) return MeasureInGuest(status, arguments);
  std::fprintf(stderr, "%s\n", status.sentence());
  return kExitBadArguments;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) { return slicelock::bench::Main(argc, argv); }
