#include "bench/work.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "bench/time_stamp.h"

namespace slicelock::bench {
namespace {

// Each waits for the one before; 3 of them take longer than storing a word and
// loading it again.
constexpr int kMultiplications = 3;

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

void Increment(volatile uint64_t& counter, uint64_t times) {
  uint64_t chain = times;
  for (; times != 0; --times) {
    counter = counter + 1;
    for (int i = 0; i < kMultiplications; ++i) {
      chain *= 0x9e3779b97f4a7c15;  // No sum of shifts.
      asm volatile("" : "+r"(chain));
    }
  }
}

uint64_t IncrementsIn(absl::Duration duration) {
  static const double nanoseconds_per_increment =
      MeasureNanosecondsPerIncrement();
  const double increments =
      absl::ToDoubleNanoseconds(duration) / nanoseconds_per_increment;
  return static_cast<uint64_t>(std::max(1.0, std::round(increments)));
}

}  // namespace slicelock::bench
