// How locks fare when threads compete for them: ours, with and without time
// slice extensions, beside those that people use today. See README.md.

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/contention_row.h"
#include "bench/grid.h"
#include "bench/locks_under_test.h"
#include "bench/program.h"
#include "bench/work.h"

ABSL_FLAG(bool, full, false,
          "more numbers of threads and lengths of section than those that "
          "matter most");
ABSL_FLAG(std::vector<std::string>, threads, {},
          "numbers of threads that compete; the default is 1,2,16, with --full "
          "1,2,4,8,16");
ABSL_FLAG(std::vector<std::string>, sections, {},
          "how long a holder keeps the lock, as 500ns or 3us; the default is "
          "500ns,3us, with --full 50ns,500ns,3us,20us");
ABSL_FLAG(std::vector<std::string>, pauses, {},
          "how long a thread works without the lock before it wants it again; "
          "the default is 100ns,5us");
ABSL_FLAG(std::vector<std::string>, bystanders, {},
          "numbers of threads that do not want the lock but use the CPU all "
          "the time; the default is none; with --full, none and one for each "
          "CPU");

namespace slicelock::bench {
namespace {

using Texts = std::vector<std::string>;

Texts ChosenOr(const Texts& chosen, const Texts& few, const Texts& full) {
  if (!chosen.empty()) return chosen;
  return absl::GetFlag(FLAGS_full) ? full : few;
}

absl::StatusOr<std::vector<Cell>> GridFromFlags() {
  const std::string one_for_each_cpu =
      absl::StrCat(std::thread::hardware_concurrency());
  const Texts pauses = {absl::FormatDuration(kUsualPause), "5us"};
  return MakeGrid({ChosenOr(absl::GetFlag(FLAGS_threads), {"1", "2", "16"},
                            {"1", "2", "4", "8", "16"}),
                   ChosenOr(absl::GetFlag(FLAGS_sections), {"500ns", "3us"},
                            {"50ns", "500ns", "3us", "20us"}),
                   ChosenOr(absl::GetFlag(FLAGS_pauses), pauses, pauses),
                   ChosenOr(absl::GetFlag(FLAGS_bystanders), {"0"},
                            {"0", one_for_each_cpu})});
}

template <typename Lock>
Row MakeRow(const LockUnderTest<Lock>& lock, const Cell& cell) {
  return {lock.name, [lock, cell](absl::Duration duration) {
            const ContentionRow row = MeasureContention(
                lock, {cell.threads, IncrementsIn(cell.section),
                       IncrementsIn(cell.pause), duration, cell.bystanders});
            return Figures(row, lock.requests);
          }};
}

Table MakeTable(const Cell& cell) {
  Table table;
  table.setting = SettingName(cell);
  table.arguments = {{"threads", cell.threads},
                     {"section_ns", absl::ToInt64Nanoseconds(cell.section)},
                     {"pause_ns", absl::ToInt64Nanoseconds(cell.pause)},
                     {"bystanders", cell.bystanders}};
  ForEachLock([&table, &cell](const auto& lock) {
    table.rows.push_back(MakeRow(lock, cell));
  });
  return table;
}

absl::StatusOr<Plan> PlanFromFlags() {
  const auto grid = GridFromFlags();
  if (!grid.ok()) return grid.status();
  Plan plan;
  plan.columns = ContentionColumns();
  plan.columns.push_back({"bystanders", "cpus_of_bystanders"});
  for (const Cell& cell : *grid) plan.tables.push_back(MakeTable(cell));
  return plan;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) {
  slicelock::bench::Program program;
  program.purpose =
      "measures locks under contention, where the kernel grants time slice "
      "extensions: here or, if not, in a guest.";
  program.plan = slicelock::bench::PlanFromFlags;
  return RunProgram(program, argc, argv);
}
