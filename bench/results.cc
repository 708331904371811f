#include "bench/results.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "bench/runs.h"
#include "nlohmann/json.hpp"

namespace slicelock::bench {
namespace {

using nlohmann::json;

// What is left of "16 threads, 500ns" without its threads.
std::string WithoutThreads(absl::string_view label) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(label, absl::MaxSplits(", ", 1));
  if (!absl::EndsWith(parts.first, " threads") && parts.first != "1 thread") {
    return std::string(label);
  }
  return std::string(parts.second);
}

// "Mutex/on" of "Mutex/on/threads:2/section_ns:500".
std::string LockOf(const std::string& run_name) {
  return run_name.substr(0, run_name.find(absl::StrCat("/", kThreads, ":")));
}

std::map<std::string, double> NumbersOf(const json& row) {
  std::map<std::string, double> numbers;
  for (const auto& [key, value] : row.items()) {
    if (value.is_number()) numbers[key] = value.get<double>();
  }
  return numbers;
}

template <typename T, typename IsIt>
T& FindOrAdd(std::vector<T>& all, const T& added, IsIt&& is_it) {
  const auto found = std::find_if(all.begin(), all.end(), is_it);
  return found == all.end() ? all.emplace_back(added) : *found;
}

Result& RowOf(const json& row, Results& results) {
  const std::string setting = WithoutThreads(row.value("label", ""));
  const std::string name = LockOf(row.at("run_name"));
  const int threads = row.at("threads");
  ResultGroup& group =
      FindOrAdd(results.groups, {setting, {}},
                [&](const ResultGroup& g) { return g.setting == setting; });
  return FindOrAdd(group.rows, {name, threads, {}, {}}, [&](const Result& r) {
    return r.name == name && r.threads == threads;
  });
}

void Add(const json& row, Results& results) {
  Result& result = RowOf(row, results);
  if (row.value("aggregate_name", "") == kSpread) {
    result.spreads = NumbersOf(row);
  } else {
    // The median comes after the repetitions.
    result.figures = NumbersOf(row);
  }
}

}  // namespace

bool Result::disagrees_on(const std::string& figure) const {
  const auto spread = spreads.find(figure);
  return spread != spreads.end() && spread->second > kWideSpread;
}

absl::StatusOr<Results> ReadResults(const json& json) {
  try {
    Results results;
    for (const auto& [key, value] : json.at("context").items()) {
      if (value.is_string()) results.facts[key] = value;
    }
    for (const auto& row : json.at("benchmarks")) {
      if (row.value("error_occurred", false)) {
        return absl::InternalError(
            absl::StrCat(row.value("name", ""),
                         " failed: ", row.value("error_message", "")));
      }
      Add(row, results);
    }
    return results;
  } catch (const nlohmann::json::exception& e) {
    return absl::InvalidArgumentError(
        absl::StrCat("this is not what a benchmark writes: ", e.what()));
  }
}

}  // namespace slicelock::bench
