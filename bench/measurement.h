// What a row of a table came to.

#ifndef SLICELOCK_BENCH_MEASUREMENT_H_
#define SLICELOCK_BENCH_MEASUREMENT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"

namespace slicelock::bench {

struct Measurement {
  // One sentence, if the figures mean nothing.
  std::string failure;
  absl::Duration elapsed;
  // Of the process, but for threads that have nothing to do with what is
  // measured.
  absl::Duration cpu_time;
  // What was done in that time: acquisitions, hand-offs, requests.
  uint64_t operations = 0;
  // By the names that columns and JSON have for them.
  std::map<std::string, double> figures;
};

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_MEASUREMENT_H_
