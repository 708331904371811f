#include "bench/progress.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace slicelock::bench {

ProgressStyle DefaultProgressStyle() {
  return isatty(STDERR_FILENO) ? ProgressStyle::kInPlace
                               : ProgressStyle::kLines;
}

Progress::Progress(int rows, ProgressStyle style)
    : rows_(rows), style_(style), start_(absl::Now()) {}

std::string Progress::Left() const {
  if (done_ == 0) return "";
  const absl::Duration left = (absl::Now() - start_) / done_ * (rows_ - done_);
  return absl::StrCat(", about ",
                      absl::FormatDuration(absl::Ceil(left, absl::Seconds(1))),
                      " left");
}

void Progress::Begin(const std::string& setting, const std::string& name) {
  const std::string row =
      absl::StrFormat("row %d of %d%s", done_ + 1, rows_, Left());
  if (style_ == ProgressStyle::kInPlace) {
    absl::FPrintF(stderr, "\r\033[K%s: %s, %s", row, name, setting);
  } else if (setting != setting_) {
    absl::FPrintF(stderr, "%s: %s\n", row, setting);
  }
  setting_ = setting;
}

void Progress::End() {
  ++done_;
  if (style_ == ProgressStyle::kInPlace) absl::FPrintF(stderr, "\r\033[K");
}

}  // namespace slicelock::bench
