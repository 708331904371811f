// The algorithm of CondVar.

#ifndef SLICELOCK_LOCKS_CORE_RAW_COND_VAR_H_
#define SLICELOCK_LOCKS_CORE_RAW_COND_VAR_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/core/keyed_list.h"
#include "locks/core/lock_waiters.h"
#include "locks/core/platform.h"
#include "locks/core/waiter.h"

namespace slicelock {

// Four bytes:
//
//   waiters_      31                       1      0
//             +------------------------------+----------+
//             |           waiting            | observed |
//             +------------------------------+----------+
//
//   waiting   how many wait that have not been signalled
//   observed  somebody wants to know what happens to the variable; for ever
//
// Those who wait are in a list, which is locked for every change, and in those
// of their locks. Who is signalled waits for its lock from then on, asleep as
// it was.
//
// Signals come from anywhere. Those that matter to a waiter are given after
// somebody has held the lock since it went to wait, so they find it counted.
template <typename Platform>
class RawCondVar {
 public:
  constexpr RawCondVar() = default;

  // As a holder of `lock`: waits for a signal, or until `deadline`, in each
  // case to hold the lock again. Returns whether there was a signal.
  template <typename Lock>
  bool WaitUntil(Lock& lock, Hold hold, int64_t deadline) noexcept {
    List::PrepareForFork();
    TheWaiter waiter(/*what_for=*/nullptr, hold, TheWaiter::kUnsignalled);
    lock.waiters().Add(&waiter);
    {
      List list(this);
      waiter.variable = this;
      list.Insert(&waiter);
      Count(+1);
    }
    lock.Release(hold);
    const bool signalled = waiter.Sleep(deadline) || !Withdraw(&waiter);
    lock.Acquire(hold);
    lock.waiters().Remove(&waiter);
    return signalled;
  }

  // Whether there seems to be somebody who waits.
  bool awaited() const { return waiting() != 0; }

  void Signal() noexcept {
    if (ABSL_PREDICT_FALSE(awaited())) SignalFirst(1);
  }
  void SignalAll() noexcept {
    if (ABSL_PREDICT_FALSE(awaited())) SignalFirst(kAll);
  }

  ABSL_ATTRIBUTE_COLD void SetObserved() {
    List list(this);
    waiters_.store(waiters_.load(std::memory_order_relaxed) | kObserved,
                   std::memory_order_relaxed);
  }
  bool observed() const {
    return (waiters_.load(std::memory_order_relaxed) & kObserved) != 0;
  }

 private:
  using TheWaiter = Waiter<Platform>;
  using List = KeyedList<Platform, TheWaiter, &TheWaiter::variable,
                         &TheWaiter::next_of_variable>;

  static constexpr uint32_t kAll = std::numeric_limits<uint32_t>::max();

  static constexpr uint32_t kObserved = 1;
  static constexpr int kOneWaiter = 2;

  uint32_t waiting() const {
    return waiters_.load(std::memory_order_relaxed) / kOneWaiter;
  }

  // With the list locked.
  void Count(int change) {
    waiters_.store(
        waiters_.load(std::memory_order_relaxed) + change * kOneWaiter,
        std::memory_order_relaxed);
  }

  // Returns whether there has been no signal.
  ABSL_ATTRIBUTE_COLD bool Withdraw(TheWaiter* waiter) {
    List list(this);
    if (waiter->variable == nullptr) return false;
    list.Remove(waiter);
    Count(-1);
    return true;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void SignalFirst(
      uint32_t count) noexcept {
    while (count > 0) {
      const void* woken;
      {
        List list(this);
        if (list.first() == nullptr) return;
        // (Not those that come between two locks.)
        count = std::min(count, waiting());
        // Those of one lock at once, as there is only one lock mostly.
        const void* const gate = list.first()->gate;
        const auto next = [&]() -> TheWaiter* {
          TheWaiter* const waiter = list.first();
          if (count == 0 || waiter == nullptr || waiter->gate != gate) {
            return nullptr;
          }
          list.Remove(waiter);
          waiter->variable = nullptr;
          Count(-1);
          --count;
          return waiter;
        };
        woken = LockWaiters<Platform>::Of(list.first()).Signal(next);
      }
      LockWaiters<Platform>::Wake(woken);
    }
  }

  typename Platform::template Atomic<uint32_t> waiters_{0};
};

extern template class RawCondVar<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_RAW_COND_VAR_H_
