#ifndef SLICELOCK_BENCH_PROGRESS_H_
#define SLICELOCK_BENCH_PROGRESS_H_

#include <string>

#include "absl/time/time.h"

namespace slicelock::bench {

// How to show progress on standard error: on a terminal in one line that is
// written over and over; else, and where other output goes to the same terminal
// through other hands, in a line now and then.
enum class ProgressStyle { kInPlace, kLines };

ProgressStyle DefaultProgressStyle();

class Progress {
 public:
  Progress(int rows, ProgressStyle style);

  // A row is about to be measured. `setting` is what it has in common with
  // those it will be compared with.
  void Begin(const std::string& setting, const std::string& name);
  // It has been.
  void End();

 private:
  std::string Left() const;

  const int rows_;
  const ProgressStyle style_;
  const absl::Time start_;
  int done_ = 0;
  std::string setting_;
};

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_PROGRESS_H_
