// What the benchmark programs have in common: flags, where they measure, and
// how rows are repeated, shown and written.

#ifndef SLICELOCK_BENCH_PROGRAM_H_
#define SLICELOCK_BENCH_PROGRAM_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/measurement.h"
#include "bench/table_reporter.h"

namespace slicelock::bench {

// One line of a table.
struct Row {
  std::string name;
  // For so long, or about so.
  std::function<Measurement(absl::Duration)> measure;
};

// Rows that are to be compared with one another.
struct Table {
  // What they have in common, for people and for programs.
  std::string setting;
  std::vector<std::pair<std::string, int64_t>> arguments;
  std::vector<Row> rows;
};

struct Plan {
  // The first is the one that repetitions have to agree on.
  std::vector<Column> columns;
  std::vector<Table> tables;
};

struct Program {
  // For --help: "measures ...".
  std::string purpose;
  // Whether it says little where the kernel grants no extensions, so that a
  // guest measures there.
  bool needs_extensions = true;
  // What --seconds and --repetitions are by default.
  double seconds = 1;
  int repetitions = 1;
  // Makes a plan from the flags of the program's own; --locks and the other
  // flags that programs share are seen to here.
  std::function<absl::StatusOr<Plan>()> plan;
};

// The whole of main(): returns the exit status.
int RunProgram(const Program& program, int argc, char** argv);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_PROGRAM_H_
