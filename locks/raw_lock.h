// The algorithm of SpinLock and Mutex, without their annotations.

#ifndef SLICELOCK_LOCKS_RAW_LOCK_H_
#define SLICELOCK_LOCKS_RAW_LOCK_H_

#include <cstdint>
#include <cstring>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/platform.h"

namespace slicelock {

namespace testing {
template <typename Lock>
struct LockWord;
}  // namespace testing

// One futex word of two atomics:
//
//   byte 0      owner_     kFree, kHeld, or kReserved: free, for the watchman
//   byte 1      0
//   bytes 2, 3  waiters_   15             3 2     0
//                         +----------------+-------+
//                         |    sleepers    | watch |
//                         +----------------+-------+
//
//   sleepers  threads that sleep until one of them is appointed to watch
//   watch     what the watchman is doing, the one waiter that looks after the
//             lock:
//
//     kNobody     there is none; nor are there sleepers. Threads may spin.
//     kWatching   it is awake, or soon will be
//     kNapping    it sleeps; who releases the lock wakes it
//     kClaiming   its turn has come; who releases the lock reserves it
//     kVacant     it is the holder now, and will appoint another as it releases
//     kAppointed  a sleeper is on its way to become the watchman
//
// Invariant: where there are sleepers, there is a watchman or about to be one.
// It never sleeps for long. So no release is one that must not be missed: a
// release looks at waiters_, then is a plain store, the last access to the lock
// (the next holder may destroy it).
//
// A lock that is wanted all the time is left to newcomers for a turn: thousands
// of acquisitions or kTurn. Then the watchman claims it, and the next turn
// begins. Meanwhile everybody else sleeps. So the lock, and what it guards,
// stay with one CPU; only some in ten thousand acquisitions wait for long; and
// hardly a thread competes with the holder for its CPU.
//
// Who holds the lock is in a section of the platform's, from before the owner
// is set until after it is cleared. Who waits is in none, apart from single
// tries.
template <typename Platform>
class RawLock {
 public:
  constexpr RawLock() = default;

  bool try_lock() noexcept { return TryTake(kFree); }

  void lock() noexcept {
    Section::Enter();
    if (ABSL_PREDICT_FALSE(!TryAcquire(kFree))) LockContended();
  }

  void unlock() noexcept {
    if (ABSL_PREDICT_FALSE(waiters_.load(std::memory_order_relaxed) != 0)) {
      return UnlockContended();
    }
    // Release first: what the kernel may do while we leave the section must
    // not keep the next holder waiting.
    owner_.store(kFree, std::memory_order_release);
    Section::Leave();
  }

  bool held() const { return owner_.load(std::memory_order_relaxed) == kHeld; }

 private:
  friend struct testing::LockWord<RawLock>;

  using Section = typename Platform::Section;

  enum Owner : uint8_t { kFree, kHeld, kReserved };

  enum Watch : uint16_t {
    kNobody,
    kWatching,
    kNapping,
    kClaiming,
    kVacant,
    kAppointed,
  };
  static constexpr uint16_t kWatchMask = 7;
  static constexpr uint16_t kOneSleeper = 8;

  // Whom a release wakes.
  static constexpr uint32_t kSleepers = 1;
  static constexpr uint32_t kWatchman = 2;

  // Looks at the lock before a waiter gives up its CPU: some tens of
  // microseconds, the length of several sections; few, if others have given up.
  static constexpr int kLooks = 1000;
  static constexpr int kFewLooks = 10;

  // When the watchman looks, and after how long it claims the lock, if that is
  // not earlier because it has seen enough releases. A watchman that looks for
  // 1 % of the time sees about 1 % of them.
  static constexpr int64_t kDoze = 200'000;  // ns
  static constexpr int kWatchLooks = 30;
  static constexpr int kReleasesSeen = 40;
  static constexpr int64_t kTurn = 10'000'000;  // ns
  // What it leaves to newcomers: a lock that was free so many looks ago was not
  // left for a moment only.
  static constexpr int kPoliteLooks = 8;

  // Sleeps that a release ends. The limits are for one that missed the waiter,
  // for an appointment that reached nobody, and for a child of fork(2), which
  // has no watchman.
  static constexpr int64_t kNapLimit = 4'000'000;          // ns
  static constexpr int64_t kAppointmentLimit = 1'000'000;  // ns
  static constexpr int64_t kSleepLimit = 500'000'000;      // ns

  bool TryAcquire(uint8_t from) {
    return owner_.compare_exchange_strong(
        from, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }

  // Enters a section if it acquires the lock. Entering comes before the try:
  // the other way round, a holder could be preempted before it asked not to be.
  bool TryTake(uint8_t from) {
    Section::Enter();
    if (ABSL_PREDICT_TRUE(TryAcquire(from))) return true;
    Section::Leave();
    return false;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void LockContended() noexcept {
    const int32_t outer = Section::LeaveAll() - 1;
    if (!SpinToLock()) WaitToLock();
    Section::EnterAgain(outer);
  }

  bool SpinToLock() {
    const bool crowded = waiters_.load(std::memory_order_relaxed) != 0;
    for (int looks = crowded ? kFewLooks : kLooks; looks > 0; --looks) {
      if (TakeIfFree()) return true;
      Platform::Relax();
    }
    return false;
  }

  bool TakeIfFree() {
    return owner_.load(std::memory_order_relaxed) == kFree && try_lock();
  }

  void WaitToLock() {
    while (!TakeIfFree()) {
      uint16_t waiters = waiters_.load(std::memory_order_relaxed);
      if (WatchIn(waiters) == kNobody) {
        if (waiters_.compare_exchange_strong(waiters, kWatching,
                                             std::memory_order_relaxed)) {
          return WatchToLock(/*crowded=*/false);
        }
      } else if (SleepUntilAppointed(waiters)) {
        return WatchToLock(/*crowded=*/true);
      }
    }
  }

  // Sleeps, if that is all right while waiters_ is `waiters`. Returns whether
  // the caller is the watchman now; if not, it may be for no reason at all.
  bool SleepUntilAppointed(uint16_t waiters) {
    const bool appointed_another = WatchIn(waiters) == kAppointed;
    const uint16_t with_us = waiters + kOneSleeper;
    if (with_us < kOneSleeper) {  // No room for more: look now and then.
      Platform::Sleep(kDoze);
      return false;
    }
    if (!waiters_.compare_exchange_strong(waiters, with_us,
                                          std::memory_order_relaxed)) {
      return false;
    }
    Wakeup wakeup = Wakeup::kEarly;
    const uint8_t owner = owner_.load(std::memory_order_relaxed);
    if (owner != kFree) {
      wakeup =
          Platform::Park(this, Word(owner, with_us), kSleepers,
                         appointed_another ? kAppointmentLimit : kSleepLimit);
    }
    const bool forgotten = wakeup == Wakeup::kTimeout && !appointed_another;
    waiters = waiters_.load(std::memory_order_relaxed);
    for (;;) {
      uint16_t without_us = waiters - kOneSleeper;
      const bool last = without_us < kOneSleeper;
      // Who has not slept leaves the appointment to one who has.
      const bool watch = forgotten || (WatchIn(waiters) == kAppointed &&
                                       (wakeup != Wakeup::kEarly || last));
      if (watch) {
        without_us = With(kWatching, without_us);
      } else if (last && WatchIn(without_us) == kVacant) {
        without_us = kNobody;
      }
      if (waiters_.compare_exchange_weak(waiters, without_us,
                                         std::memory_order_relaxed)) {
        return watch;
      }
    }
  }

  // As the watchman. `crowded` tells whether newcomers are known to take the
  // lock as soon as it is free: then being woken at a release is of no use.
  void WatchToLock(bool crowded) {
    const int64_t claim_at = Platform::Now() + kTurn;
    int releases = 0;
    while (!WatchAndTake(crowded, releases)) {
      if (releases >= kReleasesSeen || Platform::Now() >= claim_at) {
        if (ClaimToLock()) break;
        crowded = false;  // The holder keeps it for long.
        releases = 0;
      }
      const uint16_t waiters = SetWatch(crowded ? kWatching : kNapping);
      const Wakeup wakeup = Platform::Park(
          this, Word(kHeld, waiters), kWatchman, crowded ? kDoze : kNapLimit);
      if (wakeup == Wakeup::kWoken) crowded = true;
    }
    EndWatch();
  }

  // As the holder now.
  void EndWatch() {
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    uint16_t without_us;
    do {
      const bool sleepers = waiters >= kOneSleeper;
      without_us = With(sleepers ? kVacant : kNobody, waiters);
    } while (!waiters_.compare_exchange_weak(waiters, without_us,
                                             std::memory_order_relaxed));
  }

  // Looks for a moment, and takes the lock if it is left alone.
  bool WatchAndTake(bool crowded, int& releases) {
    int free_looks = 0;
    for (int looks = 0; looks < kWatchLooks; ++looks) {
      const uint8_t owner = owner_.load(std::memory_order_relaxed);
      if (owner == kHeld) {
        free_looks = 0;
      } else {
        if (++free_looks == 1) ++releases;
        if ((!crowded || free_looks > kPoliteLooks) && TryTake(owner)) {
          return true;
        }
      }
      Platform::Relax();
    }
    return false;
  }

  bool ClaimToLock() {
    SetWatch(kClaiming);
    for (int looks = 0; looks < kLooks; ++looks) {
      const uint8_t owner = owner_.load(std::memory_order_relaxed);
      if (owner != kHeld && TryTake(owner)) return true;
      Platform::Relax();
    }
    return false;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void UnlockContended() noexcept {
    uint32_t wake = 0;
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    if (ChangeWatch(kVacant, kAppointed, waiters)) {
      wake = kSleepers;
    } else if (ChangeWatch(kNapping, kWatching, waiters)) {
      wake = kWatchman;
    }
    owner_.store(WatchIn(waiters) == kClaiming ? kReserved : kFree,
                 std::memory_order_release);
    if (wake == 0) {
      Section::Leave();
    } else {
      Section::LeaveThrough([this, wake] { Platform::WakeOne(this, wake); });
    }
  }

  // Returns what waiters_ is now.
  uint16_t SetWatch(Watch to) {
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    while (!waiters_.compare_exchange_weak(waiters, With(to, waiters),
                                           std::memory_order_relaxed)) {
    }
    return With(to, waiters);
  }

  // Changes the watch if it is `from`. `waiters` is what waiters_ is thought to
  // be, and then what it was.
  bool ChangeWatch(Watch from, Watch to, uint16_t& waiters) {
    while (WatchIn(waiters) == from) {
      if (waiters_.compare_exchange_weak(waiters, With(to, waiters),
                                         std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  static Watch WatchIn(uint16_t waiters) {
    return static_cast<Watch>(waiters & kWatchMask);
  }

  static uint16_t With(Watch watch, uint16_t waiters) {
    return static_cast<uint16_t>((waiters & ~kWatchMask) | watch);
  }

  // The futex word.
  static uint32_t Word(uint8_t owner, uint16_t waiters) {
    const uint8_t first[2] = {owner, 0};
    uint32_t word;
    memcpy(&word, first, 2);
    memcpy(reinterpret_cast<char*>(&word) + 2, &waiters, 2);
    return word;
  }

  alignas(4) typename Platform::template Atomic<uint8_t> owner_{kFree};
  [[maybe_unused]] uint8_t unused_ = 0;
  typename Platform::template Atomic<uint16_t> waiters_{kNobody};
};

extern template class RawLock<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_RAW_LOCK_H_
