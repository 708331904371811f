#include "bench/work.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "bench/time_stamp.h"

namespace slicelock::bench {
namespace {

double MeasureNanosecondsPerIncrement() {
  // Each try is shorter than a time slice; the best was not disturbed.
  constexpr uint64_t kIncrements = 100000;
  constexpr int kTries = 50;
  volatile uint64_t counter = 0;
  Ticks shortest = std::numeric_limits<Ticks>::max();
  for (int i = 0; i < kTries; ++i) {
    const Ticks start = Now();
    Increment(counter, kIncrements);
    shortest = std::min(shortest, Now() - start);
  }
  return static_cast<double>(shortest) * NanosecondsPerTick() / kIncrements;
}

}  // namespace

uint64_t IncrementsIn(absl::Duration duration) {
  static const double nanoseconds_per_increment =
      MeasureNanosecondsPerIncrement();
  const double increments =
      absl::ToDoubleNanoseconds(duration) / nanoseconds_per_increment;
  return static_cast<uint64_t>(std::max(1.0, std::round(increments)));
}

}  // namespace slicelock::bench
