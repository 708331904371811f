#include "bench/program.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "bench/benchmark_flags.h"
#include "bench/grid.h"
#include "bench/in_guest.h"
#include "bench/interrupt.h"
#include "bench/machine.h"
#include "bench/output.h"
#include "bench/progress.h"
#include "bench/runs.h"
#include "bench/time_stamp.h"
#include "bench/work.h"
#include "benchmark/benchmark.h"
#include "rseq_abi/status.h"

ABSL_FLAG(std::vector<std::string>, locks, {},
          "locks to measure, by name (Mutex/on) or family (Mutex); all by "
          "default");
ABSL_FLAG(double, seconds, 1, "how long to measure each row");
ABSL_FLAG(int, repetitions, 1,
          "how often to measure each row, the locks of one setting in turn; "
          "above 1, tables show the median and the spread");
ABSL_FLAG(bool, here, false,
          "measure on this kernel, even if it grants no time slice extensions");
ABSL_FLAG(bool, guest, false,
          "measure in a guest whose kernel grants them, even if this one does");
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

// How to run a plan.
struct Manner {
  int repetitions;
  absl::Duration duration;
  ProgressStyle progress;
};

absl::StatusOr<ProgressStyle> ParseProgressStyle(const std::string& text) {
  if (text == "auto") return DefaultProgressStyle();
  if (text == "inplace") return ProgressStyle::kInPlace;
  if (text == "lines") return ProgressStyle::kLines;
  return absl::InvalidArgumentError(
      "--progress is auto, inplace or lines, not \"" + text + "\"");
}

absl::StatusOr<Manner> MannerFromFlags() {
  const auto progress = ParseProgressStyle(absl::GetFlag(FLAGS_progress));
  if (!progress.ok()) return progress.status();
  const double seconds = absl::GetFlag(FLAGS_seconds);
  if (!(seconds > 0 && seconds <= 3600)) {
    return absl::InvalidArgumentError("--seconds is above 0, up to 3600");
  }
  const int repetitions = absl::GetFlag(FLAGS_repetitions);
  if (repetitions < 1) {
    return absl::InvalidArgumentError("--repetitions is at least 1");
  }
  if (absl::GetFlag(FLAGS_here) && absl::GetFlag(FLAGS_guest)) {
    return absl::InvalidArgumentError("it is either --here or --guest");
  }
  return Manner{repetitions, absl::Seconds(seconds), *progress};
}

std::vector<std::string> RowNames(const Plan& plan) {
  std::vector<std::string> names;
  for (const Table& table : plan.tables) {
    for (const Row& row : table.rows) {
      if (!absl::c_linear_search(names, row.name)) names.push_back(row.name);
    }
  }
  return names;
}

// Leaves the rows that --locks selects.
absl::Status SelectRows(Plan& plan) {
  const auto names = SelectNames(RowNames(plan), absl::GetFlag(FLAGS_locks));
  if (!names.ok()) return names.status();
  for (Table& table : plan.tables) {
    table.rows.erase(std::remove_if(table.rows.begin(), table.rows.end(),
                                    [&names](const Row& row) {
                                      return !absl::c_linear_search(*names,
                                                                    row.name);
                                    }),
                     table.rows.end());
  }
  return absl::OkStatus();
}

// Runs rows one by one, in the order in which they were registered.
class Rows {
 public:
  Rows(const Plan& plan, const Manner& manner)
      : manner_(manner), progress_(Count(plan), manner.progress) {
    for (const Table& table : plan.tables) {
      for (int i = 0; i < manner.repetitions; ++i) {
        for (const Row& row : table.rows) Register(table, row);
      }
    }
  }

  bool failed() const { return failed_; }

 private:
  int Count(const Plan& plan) const {
    size_t rows = 0;
    for (const Table& table : plan.tables) rows += table.rows.size();
    return static_cast<int>(rows) * manner_.repetitions;
  }

  // Both live as long as the plan.
  void Register(const Table& table, const Row& row) {
    std::vector<std::string> names;
    std::vector<int64_t> values;
    for (const auto& [name, value] : table.arguments) {
      names.push_back(name);
      values.push_back(value);
    }
    benchmark::RegisterBenchmark(row.name.c_str(),
                                 [this, &table, &row](benchmark::State& state) {
                                   Measure(table, row, state);
                                 })
        ->ArgNames(names)
        ->Args(values)
        ->Iterations(1)
        ->Repetitions(1)
        ->UseManualTime();
  }

  void Measure(const Table& table, const Row& row, benchmark::State& state) {
    if (Interrupted()) {
      state.SkipWithError(kInterrupted);
      return;
    }
    progress_.Begin(table.setting, row.name);
    Measurement measurement;
    for (auto _ : state) {
      measurement = row.measure(manner_.duration);
      state.SetIterationTime(absl::ToDoubleSeconds(measurement.elapsed));
    }
    progress_.End();
    state.SetLabel(table.setting);
    for (const auto& [name, value] : table.arguments) {
      state.counters[name] = static_cast<double>(value);
    }
    for (const auto& [name, value] : measurement.figures) {
      state.counters[name] = value;
    }
    state.counters[kOperations] = static_cast<double>(measurement.operations);
    state.counters[kCpuSeconds] = absl::ToDoubleSeconds(measurement.cpu_time);
    if (measurement.failure.empty()) return;
    failed_ = true;
    state.SkipWithError(measurement.failure.c_str());
  }

  const Manner manner_;
  Progress progress_;
  bool failed_ = false;
};

std::string DescribeRows(const Plan& plan, const Manner& manner) {
  const std::string duration = absl::FormatDuration(manner.duration);
  if (manner.repetitions == 1) return duration + " each";
  return absl::StrFormat(
      "%s each, %d times, in turn with the others of their setting; shown are "
      "medians, and the spread of %s, (largest - smallest) / median (!: too "
      "wide to conclude from)",
      duration, manner.repetitions, plan.columns.front().heading);
}

Facts DescribeRun(const Plan& plan, const Manner& manner,
                  const Status& status) {
  Facts facts = DescribeMachine(absl::GetFlag(FLAGS_host_cpu));
  facts.push_back({"slice_status", "Status", status.sentence()});
  facts.push_back({"work", "Work",
                   absl::StrFormat("%d increments of a counter take 1 us, "
                                   "%.3f ticks 1 ns",
                                   IncrementsIn(absl::Microseconds(1)),
                                   1 / NanosecondsPerTick())});
  facts.push_back({"rows", "Rows", DescribeRows(plan, manner)});
  return facts;
}

int MeasureHere(const Plan& plan, const Manner& manner, const Status& status,
                bool to_file) {
  Output output(DescribeRun(plan, manner, status), plan.columns,
                manner.repetitions, to_file);
  Rows rows(plan, manner);
  CatchInterrupt();
  output.RunBenchmarks();
  if (Interrupted()) return kExitInterrupted;
  if (TickDrift() > 0.01) {
    std::fprintf(stderr,
                 "The times are wrong: this machine's time stamp counter does "
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
  char name[] = "benchmark";
  char help[] = "--help";
  char* argv[] = {name, help, nullptr};
  absl::ParseCommandLine(2, argv);
}

}  // namespace

int RunProgram(const Program& program, int argc, char** argv) {
  // Google Benchmark takes its own flags away.
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  absl::SetProgramUsageMessage(absl::StrCat(
      program.purpose,
      " Of Google Benchmark's flags it takes --benchmark_format=json, "
      "--benchmark_out=FILE and --benchmark_context=KEY=VALUE."));
  absl::FlagsUsageConfig help;
  help.contains_help_flags = [](absl::string_view file) {
    return absl::StrContains(file, "bench/");
  };
  absl::SetFlagsUsageConfig(help);
  absl::SetFlag(&FLAGS_seconds, program.seconds);
  absl::SetFlag(&FLAGS_repetitions, program.repetitions);
  if (const auto checked = CheckBenchmarkFlags(arguments); !checked.ok()) {
    return Refuse(checked);
  }
  benchmark::Initialize(&argc, argv, PrintHelp);
  if (absl::ParseCommandLine(argc, argv).size() > 1) {
    std::fprintf(stderr, "There are no arguments, only flags; see --help.\n");
    return kExitBadArguments;
  }
  const absl::StatusOr<Manner> manner = MannerFromFlags();
  if (!manner.ok()) return Refuse(manner.status());
  absl::StatusOr<Plan> plan = program.plan();
  if (!plan.ok()) return Refuse(plan.status());
  if (const auto selected = SelectRows(*plan); !selected.ok()) {
    return Refuse(selected);
  }

  const Status status = TurnExtensionsOn();
  if (absl::GetFlag(FLAGS_guest)) return MeasureInGuest(status, arguments);
  if (status.on() || !program.needs_extensions || absl::GetFlag(FLAGS_here)) {
    return MeasureHere(*plan, *manner, status, WritesFile(arguments));
  }
  if (NeedsGuest(status)) return MeasureInGuest(status, arguments);
  std::fprintf(stderr, "%s\n", status.sentence());
  return kExitBadArguments;
}

}  // namespace slicelock::bench
