#include "bench/table_reporter.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/runs.h"
#include "benchmark/benchmark.h"

namespace slicelock::bench {
namespace {

constexpr int kNameWidth = 24;
constexpr int kWidth = 11;

std::string InsertCommas(std::string digits) {
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(at, ",");
  }
  return digits;
}

int DecimalsFor(double value) {
  if (value >= 99.95 || value == std::floor(value)) return 0;
  if (value >= 9.995) return 1;
  if (value >= 0.9995) return 2;
  return 3;
}

std::string FormatSpread(double fraction) {
  return absl::StrFormat("%.1f%%%s", 100 * fraction,
                         fraction > kWideSpread ? " !" : "");
}

const BenchmarkRun* FindAggregate(const std::vector<BenchmarkRun>& runs,
                                  const std::string& name) {
  const auto found =
      std::find_if(runs.begin(), runs.end(), [&name](const BenchmarkRun& run) {
        return run.run_type == BenchmarkRun::RT_Aggregate &&
               run.aggregate_name == name;
      });
  return found == runs.end() ? nullptr : &*found;
}

}  // namespace

std::string FormatCell(std::optional<double> value) {
  if (!value) return "-";
  const int decimals = DecimalsFor(*value);
  std::string text = absl::StrFormat("%.*f", decimals, *value);
  return decimals == 0 ? InsertCommas(std::move(text)) : text;
}

TableReporter::TableReporter(Facts facts, std::vector<Column> columns)
    : facts_(std::move(facts)), columns_(std::move(columns)) {}

bool TableReporter::ReportContext(const Context&) {
  for (const Fact& fact : facts_) {
    GetOutputStream() << absl::StrFormat("%-12s %s\n", fact.label, fact.value);
  }
  GetOutputStream() << std::flush;
  return true;
}

void TableReporter::ReportRuns(const std::vector<BenchmarkRun>& runs) {
  for (const BenchmarkRun& run : runs) {
    const std::string failure = FailureOf(run);
    if (failure.empty()) continue;
    GetOutputStream() << absl::StrFormat("%-*s FAILED: %s\n", kNameWidth,
                                         run.benchmark_name(), failure)
                      << std::flush;
    return;
  }
  const BenchmarkRun* median = FindAggregate(runs, kMedian);
  PrintRow(median == nullptr ? runs.front() : *median,
           FindAggregate(runs, kSpread));
}

int TableReporter::NameWidth() const {
  int width = kNameWidth;
  // By whole columns, so that those of all tables are in line.
  while (width < static_cast<int>(setting_.size())) width += kWidth;
  return width;
}

void TableReporter::PrintHeadings(const BenchmarkRun* spread) {
  std::string line = absl::StrFormat("\n%-*s", NameWidth(), setting_);
  for (const Column& column : columns_) {
    absl::StrAppendFormat(&line, "%*s", kWidth, column.heading);
  }
  if (spread != nullptr) absl::StrAppendFormat(&line, "%*s", kWidth, kSpread);
  GetOutputStream() << line << "\n";
}

void TableReporter::PrintRow(const BenchmarkRun& run,
                             const BenchmarkRun* spread) {
  if (setting_ != run.report_label) {
    setting_ = run.report_label;
    PrintHeadings(spread);
  }
  std::string line =
      absl::StrFormat("%-*s", NameWidth(), run.run_name.function_name);
  for (const Column& column : columns_) {
    std::optional<double> value = CounterOf(run, column.counter);
    if (value) *value /= column.unit;
    absl::StrAppendFormat(&line, "%*s", kWidth, FormatCell(value));
  }
  if (spread != nullptr) {
    const std::string& counter = columns_.front().counter;
    absl::StrAppendFormat(
        &line, "%*s", kWidth,
        FormatSpread(CounterOf(*spread, counter).value_or(0)));
  }
  GetOutputStream() << line << "\n" << std::flush;
}

}  // namespace slicelock::bench
