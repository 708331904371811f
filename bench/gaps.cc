// Where the time of a lock goes that is wanted all the time: how long it is
// from one acquisition to the next, and whether the same thread has it then.
// See README.md.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/contention_row.h"
#include "bench/grid.h"
#include "bench/locks_under_test.h"
#include "bench/measurement.h"
#include "bench/program.h"
#include "bench/team.h"
#include "bench/time_stamp.h"
#include "bench/work.h"
#include "rseq_abi/thread.h"

ABSL_FLAG(std::vector<std::string>, threads,
          std::vector<std::string>({"1", "16"}),
          "numbers of threads that compete");
ABSL_FLAG(std::vector<std::string>, sections,
          std::vector<std::string>({"500ns"}),
          "how long a holder keeps the lock, as 500ns or 3us");
ABSL_FLAG(std::vector<std::string>, pauses, std::vector<std::string>({"100ns"}),
          "how long a thread works without the lock before it wants it again");
ABSL_FLAG(absl::Duration, gap, absl::Microseconds(50),
          "from one acquisition to the next, at least, to be counted; longer "
          "than a section and a pause");

namespace slicelock::bench {
namespace {

// Of all threads together; each has room for more than its share.
constexpr size_t kMostAcquisitions = size_t{6} << 20;

// When a thread acquired the lock; in memory touched before the start. If that
// is full, the row ends there.
struct Log {
  explicit Log(size_t capacity = 0) : times(capacity) {}
  bool full() const { return size == times.size(); }

  std::vector<Ticks> times;
  size_t size = 0;
};

template <typename Lock>
Log CompeteAndLog(const ContentionSetting& setting, Requests requests,
                  SharedState<Lock>& shared, Team& team) {
  Log log(kMostAcquisitions / setting.threads);
  volatile uint64_t own_counter = 0;
  SetThreadRequests(requests != Requests::kOff);
  team.WaitForStart();
  while (!team.stopped() && !log.full()) {
    Acquire(shared.lock);
    log.times[log.size++] = Now();
    Increment(shared.counter, setting.increments_in_section);
    Release(shared.lock);
    Increment(own_counter, setting.increments_between);
  }
  return log;
}

struct Acquisition {
  Ticks time;
  size_t thread;
};

uint64_t CountAcquisitions(const std::vector<Log>& logs) {
  uint64_t count = 0;
  for (const Log& log : logs) count += log.size;
  return count;
}

std::vector<Acquisition> InOrder(const std::vector<Log>& logs) {
  Ticks end = std::numeric_limits<Ticks>::max();
  std::vector<Acquisition> all;
  all.reserve(CountAcquisitions(logs));
  for (size_t thread = 0; thread < logs.size(); ++thread) {
    const Log& log = logs[thread];
    if (log.full()) end = std::min(end, log.times.back());
    for (size_t i = 0; i < log.size; ++i) all.push_back({log.times[i], thread});
  }
  std::sort(all.begin(), all.end(), [](const auto& one, const auto& other) {
    return one.time < other.time;
  });
  while (!all.empty() && all.back().time > end) all.pop_back();
  return all;
}

struct Gaps {
  uint64_t count = 0;
  double seconds = 0;
};

void AddFigures(const std::string& name, const Gaps& gaps, double seconds,
                Measurement& measurement) {
  auto& figures = measurement.figures;
  figures[name + "_per_second"] = static_cast<double>(gaps.count) / seconds;
  figures[name + "_percent"] = 100 * gaps.seconds / seconds;
}

Measurement Evaluate(const std::vector<Acquisition>& all) {
  Measurement measurement;
  measurement.operations = all.size();
  if (all.size() < 2) {
    measurement.failure = "there are fewer than two acquisitions";
    return measurement;
  }
  const double shortest = absl::ToDoubleSeconds(absl::GetFlag(FLAGS_gap));
  const double tick = NanosecondsPerTick() * 1e-9;  // s
  Gaps same, other;
  uint64_t changes = 0;
  for (size_t i = 1; i < all.size(); ++i) {
    const bool change = all[i].thread != all[i - 1].thread;
    if (change) ++changes;
    const double gap =
        static_cast<double>(all[i].time - all[i - 1].time) * tick;
    if (gap < shortest) continue;
    Gaps& gaps = change ? other : same;
    ++gaps.count;
    gaps.seconds += gap;
  }
  const double seconds =
      static_cast<double>(all.back().time - all.front().time) * tick;
  measurement.elapsed = absl::Seconds(seconds);
  measurement.figures["acquisitions_per_second"] =
      static_cast<double>(all.size()) / seconds;
  measurement.figures["changes_per_second"] =
      static_cast<double>(changes) / seconds;
  AddFigures("stalls", same, seconds, measurement);
  AddFigures("late_changes", other, seconds, measurement);
  return measurement;
}

template <typename Lock>
Measurement MeasureGaps(const LockUnderTest<Lock>& lock,
                        const ContentionSetting& setting) {
  SharedState<Lock> shared;
  std::vector<Log> logs(setting.threads);
  Team team(lock.name, setting.threads);
  const Team::Period period = team.Run(setting.duration, [&](int i) {
    logs[i] = CompeteAndLog(setting, lock.requests, shared, team);
  });
  Measurement measurement = Evaluate(InOrder(logs));
  measurement.cpu_time =
      period.cpu_time * absl::FDivDuration(measurement.elapsed, period.elapsed);
  if (shared.counter !=
      CountAcquisitions(logs) * setting.increments_in_section) {
    measurement.failure =
        "mutual exclusion is broken: increments of the shared counter got lost";
  }
  return measurement;
}

Table MakeTable(const Cell& cell) {
  Table table;
  table.setting = SettingName(cell);
  table.arguments = {{"threads", cell.threads},
                     {"section_ns", absl::ToInt64Nanoseconds(cell.section)},
                     {"pause_ns", absl::ToInt64Nanoseconds(cell.pause)}};
  ForEachLock([&table, &cell](const auto& lock) {
    table.rows.push_back({lock.name, [lock, cell](absl::Duration duration) {
                            return MeasureGaps(
                                lock, {cell.threads, IncrementsIn(cell.section),
                                       IncrementsIn(cell.pause), duration});
                          }});
  });
  return table;
}

absl::StatusOr<Plan> PlanFromFlags() {
  const auto grid =
      MakeGrid({absl::GetFlag(FLAGS_threads), absl::GetFlag(FLAGS_sections),
                absl::GetFlag(FLAGS_pauses)});
  if (!grid.ok()) return grid.status();
  Plan plan;
  plan.columns = {{"acq/s", "acquisitions_per_second"},
                  {"changes/s", "changes_per_second"},
                  {"stalls/s", "stalls_per_second"},
                  {"% of time", "stalls_percent"},
                  {"late/s", "late_changes_per_second"},
                  {"% of time", "late_changes_percent"}};
  for (const Cell& cell : *grid) plan.tables.push_back(MakeTable(cell));
  return plan;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) {
  slicelock::bench::Program program;
  program.purpose =
      "measures what lies between one acquisition of a lock and the next, "
      "where "
      "the kernel grants time slice extensions: here or, if not, in a guest.";
  program.seconds = 0.5;
  program.plan = slicelock::bench::PlanFromFlags;
  return RunProgram(program, argc, argv);
}
