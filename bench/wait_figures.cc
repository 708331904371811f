#include "bench/wait_figures.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/table_reporter.h"
#include "bench/time_stamp.h"
#include "bench/waits.h"

namespace slicelock::bench {
namespace {

struct Figure {
  const char* name;
  Ticks WaitSummary::*value;
};

constexpr Figure kFigures[] = {
    {"p50", &WaitSummary::p50},
    {"p99", &WaitSummary::p99},
    {"p99.9", &WaitSummary::p999},
    {"max", &WaitSummary::longest},
};

std::string Counter(const std::string& name, const Figure& figure) {
  return absl::StrCat(name, "_", figure.name, "_ns");
}

}  // namespace

void AddWaits(const WaitSummary& waits, const std::string& name,
              std::map<std::string, double>& figures) {
  for (const Figure& figure : kFigures) {
    figures[Counter(name, figure)] =
        static_cast<double>(waits.*figure.value) * NanosecondsPerTick();
  }
}

void AddWaitColumns(const std::string& name, std::vector<Column>& columns) {
  for (const Figure& figure : kFigures) {
    columns.push_back(
        {absl::StrCat(figure.name, " us"), Counter(name, figure), 1e3});
  }
}

}  // namespace slicelock::bench
