// What is known of a lock that is wanted all the time: how long a turn is, and
// whether there is room for a second user. (Turns, watchmen: see RawLock.)

#ifndef SLICELOCK_LOCKS_CORE_PACE_H_
#define SLICELOCK_LOCKS_CORE_PACE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/base/attributes.h"
#include "locks/core/platform.h"

namespace slicelock {

namespace testing {
template <typename Lock>
struct LockWord;
}  // namespace testing

// A byte, noted by a lock's watchmen for later ones:
//
//    7   6      5     4      0
//   +---------+-------+--------+
//   |  slack  | known | number |
//   +---------+-------+--------+
//
//   slack   if it is not 0, there are pauses in which a second thread can use
//           the lock. How many counts in a row that do not show it end it
//   known   whether number is how long a turn is, in halves of a millisecond
//   number  if not, it is the pulses so far, which go up at one in
//           kReleasesPerPulse of the releases that count, to kMostNumber
//
// A turn is the time in which there are kReleasesPerTurn; or kShortTurn, if it
// would be longer than kLongTurn. (Where it is very short, RawLock makes it
// longer.)
//
// All of it is a hint: a change that gets lost between another's load and store
// does no harm.
template <typename Platform>
class Pace {
 public:
  static constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();

  static constexpr int64_t kShortTurn = 2'000'000;  // ns

  static constexpr int kReleasesPerPulse = std::min(64, kMostLooks<Platform>);

  // What a watchman has found, looking at the lock.
  struct Looks {
    int64_t free = 0;
    int64_t held = 0;
  };

  constexpr Pace() = default;

  bool slack() const { return SlackIn(bits()) != 0; }

  void NoteSlack() { Set(kMostSlack, bits() % kOneSlack); }

  // How long a turn is, in nanoseconds, or kUnknown.
  int64_t turn() const {
    const uint8_t is = bits();
    return IsKnown(is) ? NumberIn(is) * kTurnUnit : kUnknown;
  }

  bool known() const { return IsKnown(bits()); }

  void BeginCount() { Set(SlackIn(bits()), /*number=*/0); }

  // As the holder.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void Pulse() {
    const uint8_t was = bits();
    if (!IsKnown(was) && NumberIn(was) != kMostNumber) {
      Set(SlackIn(was), NumberIn(was) + 1);
    }
  }

  // Whether there is a count, and it tells how long a turn is, having lasted
  // for `time`.
  bool CanEndCount(int64_t time) const {
    const uint8_t is = bits();
    return !IsKnown(is) &&
           (NumberIn(is) >= kEnoughPulses || time >= kShortTurn);
  }

  // Ends a count that has lasted for `time`, in which the watchman has had
  // these looks: notes how long a turn is, which it returns, and whether there
  // is slack.
  int64_t EndCount(int64_t time, const Looks& looks) {
    const uint8_t was = bits();
    const int pulses = NumberIn(was);
    const int64_t releases = int64_t{pulses} * kReleasesPerPulse;
    const bool too_long = releases * kLongTurn <= kReleasesPerTurn * time;
    const int64_t turn =
        too_long ? kShortTurn : kReleasesPerTurn * time / releases;
    // Where there may have been more than were counted, a section and a pause
    // take less than this: no sign of slack. (Without a pulse they took more,
    // as a rule.)
    const int64_t cycle = time / std::max<int64_t>(releases, kReleasesPerPulse);
    const bool pays = pulses < kMostNumber && SecondUserPays(looks, cycle);
    // A second user may fill the pauses. So slack ends only after some counts
    // without a sign of it, and the next one shows whether it comes back.
    const int slack = std::max(SlackIn(was) - 1, 0);
    SetTurn(turn, pays ? kMostSlack : slack);
    return turn;
  }

  // Ends a count early: notes again what was known before it.
  void CutCountShort(int64_t turn) { SetTurn(turn, SlackIn(bits())); }

  // For the futex word.
  uint8_t bits() const { return bits_.load(std::memory_order_relaxed); }

 private:
  template <typename Lock>
  friend struct testing::LockWord;

  static constexpr int kMostNumber = 31;
  static constexpr int kKnown = 32;
  static constexpr int kOneSlack = 64;
  static constexpr int kMostSlack = 3;

  static constexpr int64_t kLongTurn = 15'000'000;  // ns
  static constexpr int64_t kTurnUnit = 500'000;     // ns
  static_assert(kLongTurn / kTurnUnit <= kMostNumber);

  static constexpr int kReleasesPerTurn =
      2 * std::min(1000, kMostLooks<Platform>);
  // If there are more than can be counted, the turn is over.
  static_assert(kReleasesPerTurn <= (kMostNumber + 1) * kReleasesPerPulse);
  // So many tell how long a turn is.
  static constexpr int kEnoughPulses = std::min(6, kMostLooks<Platform>);

  // A second user pays if a pause is longer than a hand-over and a sixth of a
  // section: for less, one is better off alone, with fewer long waits.
  static constexpr int kSectionShare = 6;

  // Where a section and a pause take `cycle` together.
  static bool SecondUserPays(const Looks& looks, int64_t cycle) {
    const int64_t pause = cycle * looks.free / (looks.free + looks.held);
    return pause > Platform::HandOver() + (cycle - pause) / kSectionShare;
  }

  void SetTurn(int64_t turn, int slack) {
    // (One that is just too short stays so.)
    const int64_t rounding = turn < kShortTurn ? 0 : kTurnUnit / 2;
    Set(slack, kKnown + static_cast<int>((turn + rounding) / kTurnUnit));
  }

  void Set(int slack, int number) {
    bits_.store(static_cast<uint8_t>(slack * kOneSlack + number),
                std::memory_order_relaxed);
  }
  static int NumberIn(uint8_t bits) { return bits & kMostNumber; }
  static bool IsKnown(uint8_t bits) { return (bits & kKnown) != 0; }
  static int SlackIn(uint8_t bits) { return bits / kOneSlack; }

  typename Platform::template Hint<uint8_t> bits_{0};
};

extern template class Pace<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_PACE_H_
