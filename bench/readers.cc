// How locks fare that readers share and writers do not. See README.md.

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/contention_row.h"
#include "bench/grid.h"
#include "bench/locks_under_test.h"
#include "bench/program.h"
#include "bench/shared_locks_under_test.h"
#include "bench/work.h"
#include "rseq_abi/thread.h"

ABSL_FLAG(std::vector<std::string>, threads,
          std::vector<std::string>({"1", "2", "4", "8", "16"}),
          "numbers of threads that compete");
ABSL_FLAG(std::vector<std::string>, writers,
          std::vector<std::string>({"0", "1", "10", "50"}),
          "how many acquisitions of a hundred are a writer's");
ABSL_FLAG(std::string, section, "500ns",
          "how long a holder keeps the lock, as 500ns or 3us");

namespace slicelock::bench {
namespace {

constexpr absl::Duration kPause = absl::Nanoseconds(100);

// As Compete(), but of a hundred acquisitions about so many are exclusive.
template <typename Lock>
Contender ReadAndWrite(unsigned writers, const ContentionSetting& setting,
                       Requests requests, SharedState<Lock>& shared,
                       Team& team) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  Contender self;
  self.waits = Waits(kSamplesPerRow / setting.threads / 2 * 2);
  std::minstd_rand random(std::random_device{}());
  volatile uint64_t own_counter = 0;
  SetThreadRequests(requests != Requests::kOff);

  team.WaitForStart();
  while (!team.stopped()) {
    const bool writes = random() % 100 < writers;
    const Ticks asked = Now();
    Ticks acquired;
    if (writes) {
      shared.lock.lock();
      acquired = Now();
      Increment(shared.counter, setting.increments_in_section);
      shared.lock.unlock();
      ++self.exclusive;
    } else {
      shared.lock.lock_shared();
      acquired = Now();
      const uint64_t before = shared.counter;
      Increment(own_counter, setting.increments_in_section);
      self.disturbed |= shared.counter != before;
      shared.lock.unlock_shared();
    }
    self.waits.Record(acquired - asked);
    ++self.acquisitions;
    Increment(own_counter, setting.increments_between);
  }

  self.slices = GetThreadSliceCounters();
  return self;
}

template <typename Lock>
Row MakeRow(const LockUnderTest<Lock>& lock, const Cell& cell,
            unsigned writers) {
  return {lock.name, [=](absl::Duration duration) {
            const ContentionSetting setting = {cell.threads,
                                               IncrementsIn(cell.section),
                                               IncrementsIn(kPause), duration};
            const ContentionRow row =
                MeasureThreads(lock, setting, [writers](auto&&... arguments) {
                  return ReadAndWrite<Lock>(
                      writers, std::forward<decltype(arguments)>(arguments)...);
                });
            return Figures(row, lock.requests);
          }};
}

absl::StatusOr<unsigned> ParsePercentage(const std::string& text) {
  unsigned percentage;
  if (absl::SimpleAtoi(text, &percentage) && percentage <= 100) {
    return percentage;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--writers are percentages, from 0 to 100, not \"", text, "\""));
}

Table MakeTable(const Cell& cell, unsigned writers) {
  Table table;
  // The section is the same for all.
  table.setting =
      absl::StrCat(ThreadsName(cell.threads), ", ", writers, "% writers");
  table.arguments = {{"threads", cell.threads},
                     {"section_ns", absl::ToInt64Nanoseconds(cell.section)},
                     {"writers_percent", writers}};
  ForEachSharedLock([&](const auto& lock) {
    table.rows.push_back(MakeRow(lock, cell, writers));
  });
  return table;
}

absl::StatusOr<Plan> PlanFromFlags() {
  const auto grid =
      MakeGrid({absl::GetFlag(FLAGS_threads), {absl::GetFlag(FLAGS_section)}});
  if (!grid.ok()) return grid.status();
  Plan plan;
  plan.columns = ContentionColumns();
  for (const std::string& text : absl::GetFlag(FLAGS_writers)) {
    const auto writers = ParsePercentage(text);
    if (!writers.ok()) return writers.status();
    for (const Cell& cell : *grid) {
      plan.tables.push_back(MakeTable(cell, *writers));
    }
  }
  return plan;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) {
  slicelock::bench::Program program;
  program.purpose =
      "measures locks that readers share, where the kernel grants time slice "
      "extensions: here or, if not, in a guest.";
  program.plan = slicelock::bench::PlanFromFlags;
  return RunProgram(program, argc, argv);
}
