// How fast a cache line goes from one CPU to another, which decides how two
// threads share a lock of short sections best: section by section where it is
// fast, many in a row where it is slow.

#ifndef SLICELOCK_LOCKS_CORE_LINE_SPEED_H_
#define SLICELOCK_LOCKS_CORE_LINE_SPEED_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/base/attributes.h"

namespace slicelock {

// As it was seen last, by looks at words that other CPUs change: the CPUs of a
// virtual machine may be two threads of one core at one time, and far from each
// other a second later.
class LineSpeed {
 public:
  constexpr LineSpeed() = default;

  // Not before it has been seen.
  bool fast() const { return balance_.load(std::memory_order_relaxed) < 0; }

  // What it takes about, in nanoseconds, to hand over a lock and what it
  // guards.
  int64_t hand_over() const {
    if (fast()) return kFastHandOver;
    const int64_t clock = clock_.load(std::memory_order_relaxed);
    return kSlowHandOver + 4 * (clock <= kSlowClock ? clock : kUsualClock);
  }

  // Times a look that finds `word` changed, since its line has come from
  // another CPU then. Gives up after some microseconds, and where the clock
  // takes too long, or is too coarse, to tell.
  template <typename Platform>
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void Time(
      const std::atomic<uint8_t>& word) {
    const uint8_t before = word.load(std::memory_order_relaxed);
    for (int i = 0; i < kLooks; ++i) {
      Platform::Relax(kPauses);
      const int64_t ready = Platform::Now();
      const int64_t begin = Platform::Now();
      const bool changed = word.load(std::memory_order_relaxed) != before;
      // Twice: a processor may go on to read the clock without the value. And
      // without a branch, which would take its time.
      Platform::Now();
      const int64_t end = Platform::Now();
      const int64_t clock = NoteClock(begin - ready);
      if (clock == 0 || clock > kSlowClock) return;
      if (changed) return NoteLook(end - begin - 2 * clock, clock);
    }
  }

 private:
  static constexpr int kLooks = 8;
  static constexpr int kPauses = 4;  // Between two of them.
  static constexpr int kMostBalance = 8;

  // In nanoseconds. On an AMD EPYC looks take up to 40 where a round trip takes
  // 80, and 90 to 130 where it takes 400; the clock takes 20. In an emulated
  // machine it is 20 to 90, 180 or more, and 60: all takes longer there.
  static constexpr int64_t kSlow = 65;  // More than the clock.
  static constexpr int64_t kUsualClock = 20;
  static constexpr int64_t kSlowClock = 150;

  // As in bench/README.md. Where the clock takes longer, so does all that
  // belongs to it.
  static constexpr int64_t kFastHandOver = 60;
  static constexpr int64_t kSlowHandOver = 270;

  // What the clock takes at least, if it has just taken `duration`.
  int64_t NoteClock(int64_t duration) {
    const int64_t least = clock_.load(std::memory_order_relaxed);
    if (duration >= least) return least;
    clock_.store(duration, std::memory_order_relaxed);
    return duration;
  }

  // (One that gets lost does no harm.)
  void NoteLook(int64_t look, int64_t clock) {
    const int was = balance_.load(std::memory_order_relaxed);
    const int is = look < kSlow + clock ? std::max(was - 1, -kMostBalance)
                                        : std::min(was + 1, kMostBalance);
    if (is != was) balance_.store(is, std::memory_order_relaxed);
  }

  // How many more of the looks were slow than fast, within limits.
  std::atomic<int> balance_{0};
  std::atomic<int64_t> clock_{std::numeric_limits<int64_t>::max()};
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_LINE_SPEED_H_
