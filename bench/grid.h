// Which rows to measure, from flags.

#ifndef SLICELOCK_BENCH_GRID_H_
#define SLICELOCK_BENCH_GRID_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace slicelock::bench {

inline constexpr absl::Duration kUsualPause = absl::Nanoseconds(100);

// Rows with the same cell are to be compared with one another.
struct Cell {
  int threads;
  absl::Duration section;
  // How long a thread works without the lock before it wants it again.
  absl::Duration pause;
  // Threads of the process that do not want the lock but use the CPU.
  int bystanders;
};

// Such as "2 threads".
std::string ThreadsName(int threads);

// What there is to combine, as flags say it.
struct GridTexts {
  std::vector<std::string> threads;
  std::vector<std::string> sections;
  std::vector<std::string> pauses = {absl::FormatDuration(kUsualPause)};
  std::vector<std::string> bystanders = {"0"};
};

// Such as "2 threads, 500ns", or "2 threads, 500ns, 1 bystander"; where pauses
// are not the usual ones, "2 threads, 500ns, pauses 5us".
std::string SettingName(const Cell& cell);

// A time such as 500ns or 3us, up to a second. `what` is for the error.
absl::StatusOr<absl::Duration> ParseTime(const std::string& what,
                                         const std::string& text);

// Each thread count with each length of section, those with each length of
// pause, and all that with each number of bystanders.
absl::StatusOr<std::vector<Cell>> MakeGrid(const GridTexts& texts);

// Those of `names` that `wanted` selects: by name, or by the part before a
// slash ("Mutex" is "Mutex/on" and "Mutex/off"). All, if `wanted` is empty.
absl::StatusOr<std::vector<std::string>> SelectNames(
    const std::vector<std::string>& names,
    const std::vector<std::string>& wanted);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_GRID_H_
