#include "bench/grid.h"

#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace slicelock::bench {
namespace {

constexpr int kMostThreads = 1024;
constexpr absl::Duration kLongestTime = absl::Seconds(1);

// `what` is for the error.
absl::StatusOr<int> ParseCount(absl::string_view what, int least,
                               absl::string_view text) {
  int count;
  if (absl::SimpleAtoi(text, &count) && count >= least &&
      count <= kMostThreads) {
    return count;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a number of ", what, " is from ", least, " to ",
                   kMostThreads, ", not \"", text, "\""));
}

// `parse` makes a StatusOr<T> of each.
template <typename T, typename Parse>
absl::StatusOr<std::vector<T>> ParseAll(const std::vector<std::string>& texts,
                                        Parse parse) {
  std::vector<T> values;
  for (const std::string& text : texts) {
    const absl::StatusOr<T> value = parse(text);
    if (!value.ok()) return value.status();
    values.push_back(*value);
  }
  return values;
}

bool Selects(absl::string_view wanted, absl::string_view name) {
  return name == wanted || absl::StartsWith(name, absl::StrCat(wanted, "/"));
}

}  // namespace

absl::StatusOr<absl::Duration> ParseTime(const std::string& what,
                                         const std::string& text) {
  absl::Duration time;
  if (absl::ParseDuration(text, &time) && time >= absl::Nanoseconds(1) &&
      time <= kLongestTime) {
    return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a ", what, " is a time such as 500ns or 3us, up to ",
                   absl::FormatDuration(kLongestTime), ", not \"", text, "\""));
}

std::string ThreadsName(int threads) {
  return absl::StrCat(threads, threads == 1 ? " thread" : " threads");
}

std::string SettingName(const Cell& cell) {
  std::string name = absl::StrCat(ThreadsName(cell.threads), ", ",
                                  absl::FormatDuration(cell.section));
  if (cell.pause != kUsualPause) {
    absl::StrAppend(&name, ", pauses ", absl::FormatDuration(cell.pause));
  }
  if (cell.bystanders != 0) {
    absl::StrAppend(&name, ", ", cell.bystanders,
                    cell.bystanders == 1 ? " bystander" : " bystanders");
  }
  return name;
}

absl::StatusOr<std::vector<Cell>> MakeGrid(const GridTexts& texts) {
  const auto threads = ParseAll<int>(
      texts.threads,
      [](const std::string& text) { return ParseCount("threads", 1, text); });
  if (!threads.ok()) return threads.status();
  const auto sections = ParseAll<absl::Duration>(
      texts.sections,
      [](const std::string& text) { return ParseTime("section", text); });
  if (!sections.ok()) return sections.status();
  const auto pauses = ParseAll<absl::Duration>(
      texts.pauses,
      [](const std::string& text) { return ParseTime("pause", text); });
  if (!pauses.ok()) return pauses.status();
  const auto bystanders =
      ParseAll<int>(texts.bystanders, [](const std::string& text) {
        return ParseCount("bystanders", 0, text);
      });
  if (!bystanders.ok()) return bystanders.status();
  std::vector<Cell> grid;
  for (const int beside : *bystanders) {
    for (const absl::Duration pause : *pauses) {
      for (const absl::Duration section : *sections) {
        for (const int count : *threads) {
          grid.push_back({count, section, pause, beside});
        }
      }
    }
  }
  return grid;
}

absl::StatusOr<std::vector<std::string>> SelectNames(
    const std::vector<std::string>& names,
    const std::vector<std::string>& wanted) {
  if (wanted.empty()) return names;
  for (const std::string& one : wanted) {
    const auto selects = [&one](const std::string& name) {
      return Selects(one, name);
    };
    if (absl::c_none_of(names, selects)) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no lock \"", one, "\"; there are ",
                       absl::StrJoin(names, ", ")));
    }
  }
  std::vector<std::string> selected;
  for (const std::string& name : names) {
    const auto selects = [&name](const std::string& one) {
      return Selects(one, name);
    };
    if (absl::c_any_of(wanted, selects)) {
      selected.push_back(name);
    }
  }
  return selected;
}

}  // namespace slicelock::bench
