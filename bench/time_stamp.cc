#include "bench/time_stamp.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace slicelock::bench {
namespace {

constexpr absl::Duration kCalibration = absl::Milliseconds(100);

// One moment on both clocks.
struct Moment {
  double ticks;
  double nanoseconds;
};

double SteadyNanoseconds() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Of several tries the one that the scheduler disturbed least.
Moment ReadBothClocks() {
  constexpr int kTries = 20;
  Moment best = {};
  Ticks shortest = std::numeric_limits<Ticks>::max();
  for (int i = 0; i < kTries; ++i) {
    const Ticks before = Now();
    const double nanoseconds = SteadyNanoseconds();
    const Ticks taken = Now() - before;
    if (taken >= shortest) continue;
    shortest = taken;
    best = {static_cast<double>(before) + static_cast<double>(taken) / 2,
            nanoseconds};
  }
  return best;
}

double NanosecondsPerTickSince(const Moment& start) {
  const Moment end = ReadBothClocks();
  return (end.nanoseconds - start.nanoseconds) / (end.ticks - start.ticks);
}

struct Calibration {
  Calibration() : start(ReadBothClocks()) {
    absl::SleepFor(kCalibration);
    nanoseconds_per_tick = NanosecondsPerTickSince(start);
  }

  Moment start;
  double nanoseconds_per_tick;
};

const Calibration& GetCalibration() {
  static const Calibration calibration;
  return calibration;
}

}  // namespace

double NanosecondsPerTick() { return GetCalibration().nanoseconds_per_tick; }

double TickDrift() {
  const Calibration& calibration = GetCalibration();
  return std::abs(NanosecondsPerTickSince(calibration.start) /
                      calibration.nanoseconds_per_tick -
                  1);
}

}  // namespace slicelock::bench
