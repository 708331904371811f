// A thread that waits for a condition, or on a condition variable.

#ifndef SLICELOCK_LOCKS_CORE_WAITER_H_
#define SLICELOCK_LOCKS_CORE_WAITER_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "locks/condition.h"
#include "locks/core/outside_sections.h"
#include "locks/core/platform.h"
#include "locks/core/raw_lock.h"

namespace slicelock {

// How a lock is held.
enum class Hold : bool { kExclusive, kShared };

// On the stack of that thread, which sleeps on `state`:
//
//   kUnsignalled  the condition variable has not been signalled
//   kWaiting      who releases the lock looks at the condition
//   kChosen       will be woken by another that has been
//   kWoken        awake, or about to be: it will acquire the lock
//
// It is in the list of its lock from when it goes to wait, with the lock held,
// until it holds the lock again. While it is kUnsignalled it is in that of the
// condition variable, too.
template <typename Platform>
struct Waiter {
  using Gate = RawLock<Platform, std::memory_order_seq_cst>;
  enum State : uint32_t { kUnsignalled, kWaiting, kChosen, kWoken };
  enum class Verdict : uint8_t { kNone, kFalse, kTrue };

  Waiter(const Condition* what_for, Hold how, State initially)
      : condition(what_for),
        hold(how),
        priority(Platform::Priority()),
        state(initially) {}

  // Sleeps until woken, or until `deadline`. Returns whether it was woken.
  bool Sleep(int64_t deadline) {
    // Those of locks that the thread goes on holding.
    const OutsideSections<typename Platform::Section> outside_sections;
    for (;;) {
      const uint32_t before = state.load(std::memory_order_relaxed);
      if (before == kWoken) return true;
      const int64_t left = Gate::TimeLeft(deadline);
      if (left <= 0) return false;
      Platform::Park(&state, before, kRoom, std::min(left, kSleepLimit));
    }
  }

  // By the address of `state` only: once it is kWoken, a waiter may be gone.
  static void Wake(const void* state) { Platform::WakeOne(state, kRoom); }

  // Null: none, or rather one that always holds.
  const Condition* const condition;
  const Hold hold;
  const int priority;
  typename Platform::template Atomic<uint32_t> state;
  // What who releases the lock just now has found.
  Verdict verdict = Verdict::kNone;

  // The lock, and the next in its list; the same for the variable.
  const void* gate = nullptr;
  Waiter* next_of_gate = nullptr;
  const void* variable = nullptr;
  Waiter* next_of_variable = nullptr;

 private:
  static constexpr uint32_t kRoom = 1;
  static constexpr int64_t kSleepLimit = 3'600'000'000'000;  // ns
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_WAITER_H_
