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
  if (cell.bystanders != 0) {
    absl::StrAppend(&name, ", ", cell.bystanders,
                    cell.bystanders == 1 ? " bystander" : " bystanders");
  }
  return name;
}

absl::StatusOr<std::vector<Cell>> MakeGrid(
    const std::vector<std::string>& threads,
    const std::vector<std::string>& sections,
    const std::vector<std::string>& bystanders) {
  std::vector<Cell> grid;
  for (const std::string& bystanders_text : bystanders) {
    const absl::StatusOr<int> beside =
        ParseCount("bystanders", 0, bystanders_text);
    if (!beside.ok()) return beside.status();
    for (const std::string& section_text : sections) {
      const absl::StatusOr<absl::Duration> section =
          ParseTime("section", section_text);
      if (!section.ok()) return section.status();
      for (const std::string& threads_text : threads) {
        const absl::StatusOr<int> count =
            ParseCount("threads", 1, threads_text);
        if (!count.ok()) return count.status();
        grid.push_back({*count, *section, *beside});
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
