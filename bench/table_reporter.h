#ifndef SLICELOCK_BENCH_TABLE_REPORTER_H_
#define SLICELOCK_BENCH_TABLE_REPORTER_H_

#include <optional>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/runs.h"
#include "benchmark/benchmark.h"

namespace slicelock::bench {

// What a table shows of a row: a counter, in units of `unit`.
struct Column {
  std::string heading;
  std::string counter;
  double unit = 1;
};

// Prints aligned columns for people: one table for each setting, with a line
// for each lock. A row's label is its setting. Of repeated rows it shows the
// median, and how far apart they were in the first column.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  TableReporter(Facts facts, std::vector<Column> columns);

  bool ReportContext(const Context& context) override;
  // Gets all runs of a row, and their aggregates if there are any, at once.
  void ReportRuns(const std::vector<BenchmarkRun>& runs) override;

 private:
  int NameWidth() const;
  void PrintHeadings(const BenchmarkRun* spread);
  void PrintRow(const BenchmarkRun& run, const BenchmarkRun* spread);

  const Facts facts_;
  const std::vector<Column> columns_;
  std::string setting_;
};

// Three significant digits or all before the decimal point, with commas; "-"
// for no number.
std::string FormatCell(std::optional<double> value);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_TABLE_REPORTER_H_
