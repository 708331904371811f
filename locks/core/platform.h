// What the lock algorithms take from their surroundings. They are templates
// over it, so that a model checker or a simulated kernel can run the very text
// that ships.

#ifndef SLICELOCK_LOCKS_CORE_PLATFORM_H_
#define SLICELOCK_LOCKS_CORE_PLATFORM_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "locks/core/line_speed.h"
#include "locks/observe/contention.h"
#include "locks/slice_section.h"
#include "rseq_abi/thread.h"

namespace slicelock {

// How a sleep ended.
enum class Wakeup {
  kWoken,
  kTimeout,
  kEarly,  // The word was not as expected, or a signal came.
};

// The most looks at a lock that an algorithm takes in a row, or counts. Fewer
// on platforms where every order of events is tried: more would show nothing
// new.
template <typename Platform>
inline constexpr int kMostLooks = std::numeric_limits<int>::max();

struct LinuxPlatform {
  template <typename T>
  using Atomic = std::atomic<T>;

  // One whose value is a hint: whatever it is, nothing goes wrong.
  template <typename T>
  using Hint = std::atomic<T>;

  using Section = SliceSection;

  // Lives while a thread waits for a lock, but for quick looks.
  using Waiting = contention::Waiting;

  // Of the threads that live, the calling one's alone; not 0.
  static uintptr_t Self() {
    return reinterpret_cast<uintptr_t>(
        &rseq_abi::RunningKernel::CurrentThread());
  }

  // Pauses so many times, as a loop that waits should.
  static void Relax(int times = 1);

  // Whether a cache line that one CPU has changed is with another soon; how
  // many nanoseconds it takes to hand over a lock and what it guards; and a
  // look at `word`, which others change, to find out.
  static bool LinesAreFast() { return line_speed.fast(); }
  static int64_t HandOver() { return line_speed.hand_over(); }
  static void TimeLines(const std::atomic<uint8_t>& word) {
    line_speed.Time<LinuxPlatform>(word);
  }
  static LineSpeed line_speed;  // (For tests, too.)

  // Nanoseconds, of a clock that never goes back.
  static int64_t Now();

  // Sleeps in `room`, one bit, until woken, for `nanoseconds` at most, if the
  // word at `word` is `expected`. Takes some tens of microseconds longer, the
  // thread's timer slack. See futex(2), FUTEX_WAIT_BITSET.
  static Wakeup Park(const void* word, uint32_t expected, uint32_t room,
                     int64_t nanoseconds);

  // The calling thread's, if it is a real-time thread; else 0. As it was a
  // second ago, at worst. See sched(7).
  static int Priority();

  // Has `clean_up` run in every child of fork(2), as long as the process lives.
  // Returns whether there was memory for it, as it may allocate.
  static bool RunInForkedChild(void (*clean_up)());

  // Wakes the thread that has slept longest in `room`, or one of real-time
  // priority, if there is any.
  static void WakeOne(const void* word, uint32_t room);
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_PLATFORM_H_
