// What a benchmark program wrote as JSON, read back.

#ifndef SLICELOCK_BENCH_RESULTS_H_
#define SLICELOCK_BENCH_RESULTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace slicelock::bench {

// One row: its medians, if it was repeated.
struct Result {
  std::string name;
  int threads = 0;
  std::map<std::string, double> figures;
  // Of those, over the repetitions; empty if there were none.
  std::map<std::string, double> spreads;

  // Whether repetitions are too far apart to conclude from `figure`.
  bool disagrees_on(const std::string& figure) const;
};

// Rows that differ in their lock, and in how many threads there were.
struct ResultGroup {
  // Such as "500ns" or "500ns, 2 bystanders"; may be empty.
  std::string setting;
  std::vector<Result> rows;
};

struct Results {
  // Where they come from, as bench/machine.h has it.
  std::map<std::string, std::string> facts;
  std::vector<ResultGroup> groups;
};

absl::StatusOr<Results> ReadResults(const nlohmann::json& json);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_RESULTS_H_
