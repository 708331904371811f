// Until when to wait, in nanoseconds of LinuxPlatform::Now(), from what callers
// have.

#ifndef SLICELOCK_LOCKS_DEADLINE_H_
#define SLICELOCK_LOCKS_DEADLINE_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "locks/core/platform.h"

namespace slicelock {

// No deadline at all.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// `limit` from now, rounded up. A limit of some centuries is none.
template <typename Rep, typename Period>
int64_t DeadlineIn(const std::chrono::duration<Rep, Period>& limit) {
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  const int64_t now = LinuxPlatform::Now();
  if (!(limit > limit.zero())) return now;
  if (!(Nanoseconds(limit).count() < 0.9 * static_cast<double>(kNever - now))) {
    return kNever;
  }
  return now + std::chrono::ceil<std::chrono::nanoseconds>(limit).count();
}

// The same for abseil's.
inline int64_t DeadlineIn(absl::Duration limit) {
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(
      absl::Ceil(std::max(limit, absl::ZeroDuration()), absl::Nanoseconds(1)));
  const int64_t now = LinuxPlatform::Now();
  return nanoseconds < kNever - now ? now + nanoseconds : kNever;
}

// As a clock of the standard's.
struct AbseilClock {
  static absl::Time now() { return absl::Now(); }
};

// `deadline`, a time of `Clock`'s, as a time of LinuxPlatform::Now()'s.
template <typename Clock, typename Time>
int64_t DeadlineAt(const Time& deadline) {
  const auto now = Clock::now();
  // (Not the difference of times that are too far apart for one.)
  return deadline <= now ? LinuxPlatform::Now() : DeadlineIn(deadline - now);
}

// Runs `try_until` with deadlines until it returns true, or `Clock` says that
// it is `deadline`. That clock may be set meanwhile.
template <typename Clock, typename Time, typename TryUntil>
bool TryUntilTimeOf(const Time& deadline, TryUntil&& try_until) {
  for (;;) {
    if (try_until(DeadlineAt<Clock>(deadline))) return true;
    if (deadline <= Clock::now()) return false;
  }
}

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_DEADLINE_H_
