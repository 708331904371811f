// What a fault works with while it lasts.

#ifndef SLICELOCK_TESTS_FAULTS_INJECTION_H_
#define SLICELOCK_TESTS_FAULTS_INJECTION_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/mixed_load.h"

namespace slicelock::testing {

class Injection {
 public:
  Injection(MixedLoad& load, absl::Duration time)
      : load_(load), end_(absl::Now() + time) {}

  MixedLoad& load() { return load_; }

  // Whether to go on, after a pause.
  bool GoOn(absl::Duration pause) {
    absl::SleepFor(pause);
    load_.ExpectProgress();
    return absl::Now() < end_;
  }

 private:
  MixedLoad& load_;
  const absl::Time end_;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_FAULTS_INJECTION_H_
