#include "bench/plots.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bench/results.h"

namespace slicelock::bench {
namespace {

// What a row did, and how to say so.
struct Quantity {
  const char* figure;
  const char* axis;
  double unit;
};

constexpr Quantity kThroughputs[] = {
    {"acquisitions_per_second", "million acquisitions a second", 1e6},
    {"requests_per_second", "thousand requests a second", 1e3},
};
constexpr Quantity kCosts[] = {
    {"ns", "ns for acquire and release", 1},
    {"instructions", "instructions for acquire and release", 1},
};

constexpr const char* kWaits[] = {"wait", "latency"};
constexpr const char* kPercentiles[] = {"p50", "p99", "p99.9", "max"};

struct Point {
  double x;
  double y;
  bool doubtful;
};

struct Line {
  std::string name;
  std::vector<Point> points;
  // The lock whose style it has, if it is not its name.
  std::string style_of = {};
};

std::optional<double> Find(const Result& row, const std::string& figure) {
  const auto found = row.figures.find(figure);
  if (found == row.figures.end()) return std::nullopt;
  return found->second;
}

bool Has(const ResultGroup& group, const std::string& figure) {
  return std::any_of(
      group.rows.begin(), group.rows.end(),
      [&](const Result& row) { return Find(row, figure).has_value(); });
}

std::vector<std::string> Names(const ResultGroup& group) {
  std::vector<std::string> names;
  for (const Result& row : group.rows) {
    if (std::find(names.begin(), names.end(), row.name) == names.end()) {
      names.push_back(row.name);
    }
  }
  return names;
}

std::set<int> Threads(const ResultGroup& group) {
  std::set<int> threads;
  for (const Result& row : group.rows) threads.insert(row.threads);
  return threads;
}

std::string Quoted(const std::string& text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "'"}}), "\"");
}

std::string FactsLine(const Results& results) {
  std::vector<std::string> facts;
  for (const char* key : {"kernel", "cpu_model", "cpus", "accelerator",
                          "slice_ext", "measured_at"}) {
    const auto fact = results.facts.find(key);
    if (fact == results.facts.end() || fact->second == "unknown") continue;
    std::string text = fact->second;
    if (absl::string_view(key) == "cpus") text += " CPUs";
    if (absl::string_view(key) == "slice_ext") text.insert(0, "extensions of ");
    facts.push_back(text);
  }
  return absl::StrJoin(facts, ", ");
}

std::string Heading(const std::string& title, const Results& results) {
  return absl::StrCat(
      "set terminal svg size 960,540 dynamic font 'sans-serif,13' "
      "background '#ffffff'\n"
      "set termoption noenhanced\n"
      "set title ",
      Quoted(title), " font ',16'\n", "set label 1 ",
      Quoted(FactsLine(results)), " at screen 0.01,0.025 font ',10'\n",
      "set bmargin 5\nset grid ytics lc '#dddddd'\n"
      "set key outside right\nset border 3\nset tics nomirror\n");
}

// Ours stand out; on is solid, off is dashed.
std::string Style(const std::string& name, int others_before) {
  static constexpr const char* kOurs[][2] = {{"Mutex", "#d62728"},
                                             {"SpinLock", "#1f4fd6"},
                                             {"CondVar", "#d62728"},
                                             {"section", "#1f4fd6"}};
  static constexpr const char* kOthers[] = {"#7f7f7f", "#2ca02c", "#9467bd",
                                            "#e38b1e", "#17a2b8", "#8c564b",
                                            "#b5a400", "#e377c2", "#111111"};
  for (const auto& [family, color] : kOurs) {
    if (!absl::StartsWith(name, absl::StrCat(family, "/"))) continue;
    const bool on = absl::EndsWith(name, "/on");
    return absl::StrFormat("lc '%s' lw %d dt %d pt %d ps 0.7", color,
                           on ? 3 : 2, on ? 1 : 2, on ? 7 : 6);
  }
  const int i = others_before % static_cast<int>(std::size(kOthers));
  return absl::StrFormat("lc '%s' lw 1.3 dt 1 pt %d ps 0.6", kOthers[i], i + 1);
}

bool IsOurs(const std::string& name) {
  return absl::EndsWith(name, "/on") || absl::EndsWith(name, "/off");
}

// Lines with marks where they are doubtful.
std::string Draw(const std::vector<Line>& lines) {
  std::string data;
  std::vector<std::string> drawn;
  std::string doubtful;
  int others = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string block = absl::StrCat("$line", i);
    absl::StrAppend(&data, block, " << EOD\n");
    for (const Point& point : lines[i].points) {
      absl::StrAppendFormat(&data, "%g %g\n", point.x, point.y);
      if (point.doubtful) {
        absl::StrAppendFormat(&doubtful, "%g %g\n", point.x, point.y);
      }
    }
    absl::StrAppend(&data, "EOD\n");
    const std::string& lock =
        lines[i].style_of.empty() ? lines[i].name : lines[i].style_of;
    const int before = IsOurs(lock) ? 0 : others++;
    drawn.push_back(absl::StrCat(block, " with linespoints ",
                                 Style(lock, before), " title ",
                                 Quoted(lines[i].name)));
  }
  if (!doubtful.empty()) {
    absl::StrAppend(&data, "$doubtful << EOD\n", doubtful, "EOD\n");
    drawn.push_back(
        "$doubtful using 1:2:('!') with labels offset 0.8,0.5 "
        "font ',15' notitle");
    drawn.push_back(
        "NaN with points pt '!' lc 'black' title 'repetitions differ'");
  }
  return absl::StrCat(data, "plot ", absl::StrJoin(drawn, ", "), "\n");
}

std::string ThreadsAxis(const std::set<int>& threads) {
  return absl::StrCat("set logscale x 2\nset xlabel 'threads'\nset xtics (",
                      absl::StrJoin(threads, ", "), ")\nset xrange [",
                      *threads.begin(), " * 0.9 : ", *threads.rbegin(),
                      " * 1.1]\n");
}

std::vector<Line> OverThreads(const ResultGroup& group,
                              const Quantity& quantity) {
  std::vector<Line> lines;
  for (const std::string& name : Names(group)) {
    Line line = {name, {}};
    for (const Result& row : group.rows) {
      const auto value = Find(row, quantity.figure);
      if (row.name != name || !value) continue;
      line.points.push_back({static_cast<double>(row.threads),
                             *value / quantity.unit,
                             row.disagrees_on(quantity.figure)});
    }
    lines.push_back(line);
  }
  return lines;
}

std::string PlotOverThreads(const ResultGroup& group,
                            const Quantity& quantity) {
  return absl::StrCat(ThreadsAxis(Threads(group)), "set ylabel '",
                      quantity.axis, "'\nset yrange [0:*]\n",
                      Draw(OverThreads(group, quantity)));
}

// A bar for each row.
std::string PlotBars(const ResultGroup& group, const Quantity& quantity) {
  std::string data;
  int bars = 0;
  for (const Result& row : group.rows) {
    const auto value = Find(row, quantity.figure);
    if (!value) continue;
    absl::StrAppendFormat(&data, "%s %g %s %s\n", Quoted(row.name),
                          *value / quantity.unit,
                          !IsOurs(row.name)                 ? "0x9aa0a6"
                          : absl::EndsWith(row.name, "/on") ? "0xd62728"
                                                            : "0xf0a0a0",
                          row.disagrees_on(quantity.figure) ? "\"!\"" : "\"\"");
    ++bars;
  }
  return absl::StrCat(
      "$bars << EOD\n", data, "EOD\n", "set ylabel '", quantity.axis,
      "'\nset yrange [0:*]\nset xrange [-0.7:", bars - 0.3,
      "]\nset boxwidth 0.7\nset style fill solid\nunset key\n"
      "set xtics rotate by -30 font ',11'\nset bmargin 8\nset rmargin 10\n"
      "plot $bars using 0:2:3:xtic(1) with boxes lc rgb variable, "
      "'' using 0:2:(sprintf('%.3g', $2).stringcolumn(4)) with labels "
      "offset 0,0.7 font ',11'\n");
}

std::string PlotPercentiles(const ResultGroup& group, const std::string& wait) {
  const int threads = *Threads(group).rbegin();
  std::vector<Line> lines;
  for (const Result& row : group.rows) {
    if (row.threads != threads) continue;
    Line line = {row.name, {}};
    double x = 0;
    for (const char* percentile : kPercentiles) {
      const std::string figure = absl::StrCat(wait, "_", percentile, "_ns");
      const auto value = Find(row, figure);
      // The maximum is one wait of millions: it always differs.
      if (value && *value > 0) {
        line.points.push_back(
            {x, *value / 1e3,
             percentile != kPercentiles[3] && row.disagrees_on(figure)});
      }
      ++x;
    }
    lines.push_back(line);
  }
  return absl::StrCat(
      "set logscale y\nset ylabel 'microseconds'\nset xrange [-0.2:3.2]\n"
      "set xtics ('p50' 0, 'p99' 1, 'p99.9' 2, 'max' 3)\nset format y '%g'\n",
      Draw(lines));
}

const Result* FindRow(const ResultGroup& group, const std::string& name,
                      int threads) {
  for (const Result& row : group.rows) {
    if (row.name == name && row.threads == threads) return &row;
  }
  return nullptr;
}

// How many times the off row's figure the on row's is.
std::vector<Line> OnAgainstOff(const ResultGroup& group,
                               const std::vector<Quantity>& quantities) {
  std::vector<Line> lines;
  for (const std::string& name : Names(group)) {
    absl::string_view family = name;
    if (!absl::ConsumeSuffix(&family, "/on")) continue;
    for (const Quantity& quantity : quantities) {
      const bool first = quantity.figure == quantities.front().figure;
      Line line = {absl::StrCat(family, ", ", quantity.axis),
                   {},
                   absl::StrCat(family, first ? "/on" : "/off")};
      for (const int threads : Threads(group)) {
        const Result* on = FindRow(group, name, threads);
        const Result* off =
            FindRow(group, absl::StrCat(family, "/off"), threads);
        if (on == nullptr || off == nullptr) continue;
        const auto numerator = Find(*on, quantity.figure);
        const auto denominator = Find(*off, quantity.figure);
        if (!numerator || !denominator || *denominator == 0) continue;
        line.points.push_back({static_cast<double>(threads),
                               *numerator / *denominator,
                               on->disagrees_on(quantity.figure) ||
                                   off->disagrees_on(quantity.figure)});
      }
      if (!line.points.empty()) lines.push_back(line);
    }
  }
  return lines;
}

std::string FileName(const std::string& setting, const std::string& shown) {
  std::string name =
      setting.empty() ? shown : absl::StrCat(setting, "-", shown);
  for (char& c : name) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-') c = '_';
  }
  return absl::StrReplaceAll(name, {{"__", "_"}, {"%", "percent"}});
}

}  // namespace

std::vector<Plot> MakePlots(const std::string& title, const Results& results) {
  std::vector<Plot> plots;
  for (const ResultGroup& group : results.groups) {
    if (group.rows.empty()) continue;
    const auto add = [&](const std::string& shown, const std::string& drawn) {
      const std::string setting =
          group.setting.empty() ? "" : absl::StrCat(", ", group.setting);
      plots.push_back(
          {FileName(group.setting, shown),
           absl::StrCat(
               Heading(absl::StrCat(title, setting, ": ", shown), results),
               drawn)});
    };
    const std::set<int> threads = Threads(group);
    const bool over_threads = threads.size() > 1;
    std::vector<Quantity> compared;
    for (const Quantity& quantity : kThroughputs) {
      if (!Has(group, quantity.figure)) continue;
      add("throughput", over_threads ? PlotOverThreads(group, quantity)
                                     : PlotBars(group, quantity));
      compared.push_back({quantity.figure, "throughput", 1});
    }
    for (const Quantity& quantity : kCosts) {
      if (Has(group, quantity.figure)) {
        add(quantity.figure, PlotBars(group, quantity));
      }
    }
    for (const char* const wait : kWaits) {
      const std::string tail = absl::StrCat(wait, "_p99.9_ns");
      if (!Has(group, tail)) continue;
      add(absl::StrCat(wait, " of ", *threads.rbegin(), " threads"),
          PlotPercentiles(group, wait));
    }
    if (Has(group, "wait_p99.9_ns")) {
      compared.push_back({"wait_p99.9_ns", "p99.9 wait", 1});
    }
    const std::vector<Line> lines = OnAgainstOff(group, compared);
    if (over_threads && !lines.empty()) {
      add("on against off",
          absl::StrCat(ThreadsAxis(threads),
                       "set logscale y\nset format y '%g'\n"
                       "set ylabel 'times that without extensions'\n"
                       "set arrow from graph 0,first 1 to graph 1,first 1 "
                       "nohead lc '#888888'\n",
                       Draw(lines)));
    }
  }
  return plots;
}

}  // namespace slicelock::bench
