// The algorithm of SpinLock and Mutex, without their annotations.

#ifndef SLICELOCK_LOCKS_CORE_RAW_LOCK_H_
#define SLICELOCK_LOCKS_CORE_RAW_LOCK_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/core/pace.h"
#include "locks/core/platform.h"

namespace slicelock {

namespace testing {
template <typename Lock>
struct LockWord;
}  // namespace testing

// One futex word of three atomics:
//
//   byte 0      owner_     kFree, kHeld, or kReserved: free, for the watchman
//   byte 1      pace_      see pace.h
//   bytes 2, 3  waiters_   15           5     4       3     0
//                         +--------------+-----------+-------+
//                         |   sleepers   | attention | watch |
//                         +--------------+-----------+-------+
//
//   sleepers   threads that sleep until one of them is appointed to watch
//   attention  who releases has something else to do first; changed by holders
//              only, for whatever is built on this lock
//   watch      what the watchman is doing, the waiter that looks after the
//              lock; in bit 3, whether a release has more to do for that than
//              to free it:
//
//     kNobody     there is none; nor are there sleepers. Threads may spin.
//     kWatching   it is awake, or dozes and will be within kLongDoze
//     kAppointed  a sleeper is on its way to become the watchman
//     kCounting   as kWatching; who releases the lock counts
//     kNapping    it sleeps; who releases the lock wakes it
//     kClaiming   its turn has come; who releases the lock reserves it, and
//                 calls a sleeper to relieve the watchman
//     kAwaiting   as kClaiming, and it sleeps; who releases the lock wakes it
//     kRelieved   the lock is reserved, a sleeper has been called
//     kVacant     the watchman is the holder now, and nobody has been called:
//                 it appoints a sleeper as it releases
//
// Invariant: where there are sleepers there is a watchman, or the holder
// appoints one as it releases, or one has been appointed. And no watchman
// sleeps for more than kNapLimit. So a release may miss a change of waiters_:
// it looks there once, then frees the lock by a plain store, its last access
// (the next holder may destroy the lock).
//
// A watchman whose time is up withdraws its claim; the holder may reserve the
// lock all the same, having looked before. Reserved for nobody, it is free.
//
// A lock that is wanted all the time is left to newcomers for a turn. Then the
// watchman claims it, and the next turn begins. Meanwhile the others sleep. So
// the lock, and what it guards, stay with one CPU; of a turn's acquisitions
// only the first has waited for long; and hardly a thread competes with the
// holder for its CPU: not even the next watchman, which is called by the one
// whose turn has ended, and is about to sleep (unless the watchman sleeps, too,
// and has to be woken first). A turn takes so many releases that fewer than one
// wait in a thousand is the first of a turn; or, where that would take too
// long, little time. Where it takes hardly any, it is kLeastTurn all the same:
// a change of turn takes time, too.
//
// A lock that is wanted often, but not all the time, has slack: a second thread
// can use it in the pauses of the first, if these are long enough to hand over.
// There newcomers do not sleep at once. A watchman sees it as it counts, by how
// often it finds the lock free; or as the lock is in use, and then left alone.
//
// A child of fork(2) inherits waiters_ without the waiters. There, sleepers
// come back by themselves after kSleepLimit at the latest, and one becomes the
// watchman.
//
// Who holds the lock is in a section of the platform's, from before the owner
// is set until after it is cleared. Who waits is in none, apart from single
// tries.
//
// `kAcquire` is the order in which the lock is acquired, for whoever needs more
// of it than a lock does.
template <typename Platform,
          std::memory_order kAcquire = std::memory_order_acquire>
class RawLock {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  constexpr RawLock() = default;

  bool try_lock() noexcept {
    return TryTake(kFree) || ABSL_PREDICT_FALSE(TryTakeReserved());
  }

  void lock() noexcept {
    Section::Enter();
    // An exchange costs no more than a compare-exchange, on some processors
    // less. If it takes a lock that was reserved, the lock goes back.
    const uint8_t was = owner_.exchange(kHeld, kAcquire);
    if (ABSL_PREDICT_FALSE(was != kFree)) LockContended(was);
  }

  // Returns whether it acquires the lock, which it tries until `deadline`, a
  // time of Platform::Now()'s.
  bool lock_until(int64_t deadline) noexcept {
    Section::Enter();
    return ABSL_PREDICT_TRUE(TryAcquire(kFree)) || LockContendedUntil(deadline);
  }

  void unlock() noexcept {
    if (ABSL_PREDICT_FALSE(more_to_release())) return UnlockContended();
    UnlockUncontended();
  }

  // Whether there is more to a release than UnlockUncontended().
  bool more_to_release() const {
    return (waiters_.load(std::memory_order_relaxed) & kMoreToRelease) != 0;
  }

  void UnlockUncontended() noexcept {
    // Release first: what the kernel may do while we leave the section must
    // not keep the next holder waiting.
    owner_.store(kFree, std::memory_order_release);
    Section::Leave();
  }

  template <std::memory_order kRelease = std::memory_order_release>
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void UnlockContended() noexcept {
    const uint32_t room = Release<kRelease>();
    if (room == 0) {
      Section::Leave();
    } else {
      Section::LeaveThrough([this, room] { Wake(room); });
    }
  }

  // An unlock in two steps. The first, of order `kRelease`, leaves the caller
  // in its section; the second, outside of it, wakes somebody in the room that
  // the first returned, if that is not 0. It no longer touches the lock.
  template <std::memory_order kRelease = std::memory_order_release>
  uint32_t Release() noexcept {
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    Watch watch;
    uint32_t room;
    do {
      watch = WatchIn(waiters);
      room = 0;
      if (watch == kVacant) {
        watch = kAppointed;
        room = kSleepers;
      } else if (watch == kClaiming && waiters >= kOneSleeper) {
        watch = kRelieved;
        room = kSleepers;
      } else if (watch == kNapping) {
        watch = kWatching;
        room = kWatchman;
      } else if (watch == kAwaiting) {
        watch = kClaiming;
        room = kWatchman;
      }
    } while (room != 0 &&
             !waiters_.compare_exchange_weak(waiters, With(watch, waiters),
                                             std::memory_order_relaxed));
    if (watch == kCounting && Section::OneIn(Pace::kReleasesPerPulse)) {
      pace_.Pulse();
    }
    const bool reserved = watch == kClaiming || watch == kRelieved;
    owner_.store(reserved ? kReserved : kFree, kRelease);
    return room;
  }
  void Wake(uint32_t room) { Platform::WakeOne(this, room); }

  bool held(std::memory_order order = std::memory_order_relaxed) const {
    return owner_.load(order) == kHeld;
  }

  // Whether somebody else could acquire it without waiting.
  bool free(std::memory_order order) const {
    return owner_.load(order) == kFree;
  }

  // Whether it is free, though it does not say so.
  bool ReservedForNobody() const {
    return owner_.load(std::memory_order_relaxed) == kReserved &&
           watch() == kNobody;
  }

  // Whether others wait for it, in their sleep or about to.
  bool crowded() const { return watch() != kNobody; }

  static int64_t TimeLeft(int64_t deadline) {
    return deadline == kNever ? kNever : deadline - Platform::Now();
  }

  // As a holder. (The next one sees it, as everything the last one did. The
  // order is for shared holders: see RawSharedLock::LetGo().)
  void SetAttention() {
    waiters_.fetch_or(kAttention, std::memory_order_seq_cst);
  }
  void ClearAttention() {
    waiters_.fetch_and(static_cast<uint16_t>(~kAttention),
                       std::memory_order_relaxed);
  }
  bool attention(std::memory_order order = std::memory_order_relaxed) const {
    return (waiters_.load(order) & kAttention) != 0;
  }

 private:
  friend struct testing::LockWord<RawLock>;

  using Section = typename Platform::Section;
  using Pace = slicelock::Pace<Platform>;
  using Looks = typename Pace::Looks;

  enum Owner : uint8_t { kFree, kHeld, kReserved };

  enum Watch : uint16_t {
    kNobody,
    kWatching,
    kAppointed,
    kCounting = 8,
    kNapping,
    kClaiming,
    kAwaiting,
    kRelieved,
    kVacant,
  };

  static constexpr uint16_t kWatchMask = 15;
  static constexpr uint16_t kAttention = 16;
  static constexpr uint16_t kOneSleeper = 32;
  static constexpr uint16_t kMoreToRelease = 8 | kAttention;

  // Who sleeps where; a release wakes one in one of the first two rooms.
  static constexpr uint32_t kSleepers = 1;
  static constexpr uint32_t kWatchman = 2;
  static constexpr uint32_t kUncounted = 4;

  // Looks at the lock before a waiter gives up its CPU, for the length of
  // several sections. It pauses in between so that who releases the lock can
  // take it again before its cache line has gone: 2480 pauses at most, and
  // kLookTime: a pause takes 20 ns on some processors, and 150 ns in emulation.
  // Where lines are fast, the first looks are quick ones: without a look at the
  // clock, and a single pause apart. One wait in kSpinsPerTiming has none, and
  // times lines instead.
  static constexpr int kQuickLooks = 8;
  static constexpr int kSpinsPerTiming = 256;
  static constexpr int kLooks = std::min(40, kMostLooks<Platform>);
  static constexpr int64_t kLookTime = 50'000;  // ns
  static constexpr int kFirstPause = 16;        // as of Platform::Relax()
  static constexpr int kLongestPause = 64;

  // The watchman of a crowded lock looks so many times in a row before it
  // dozes, enough to see it in use and then left alone, and claims as the turn
  // ends, but not before kLeastTurn. Releases count only until they tell when
  // that will be, and only in one turn of kTurnsPerCount: counting costs as
  // much as the rest of a release.
  static constexpr int kWatchLooks = std::min(50, kMostLooks<Platform>);
  static constexpr int kClaimLooks = std::min(1000, kMostLooks<Platform>);
  static constexpr int64_t kDoze = 200'000;        // ns, while they count
  static constexpr int64_t kLongDoze = 1'000'000;  // ns, at most
  static constexpr int64_t kLeastTurn =
      int64_t{1000} * std::min(1000, kMostLooks<Platform> - 1);  // ns
  static constexpr int kTurnsPerCount = 4;
  // Before its claim it takes the lock only if that is free so many looks in a
  // row: then no newcomer wants it, or, with slack, there is room for another.
  // If it was in use just before, so that its user has not merely lost the CPU
  // to the watchman, there is slack; unless a turn is known to take less than
  // Pace::kShortTurn, in which two users may get in each other's way: there the
  // count tells.
  static constexpr int kPoliteLooks = std::min(16, kMostLooks<Platform> - 1);
  static constexpr int kSlackLooks = std::min(4, kMostLooks<Platform> - 1);

  // A release ends these sleeps, unless it has just missed the sleeper, or
  // appointed one that was not asleep yet; or, last, in a child of fork(2).
  static constexpr int64_t kNapLimit = 4'000'000;          // ns
  static constexpr int64_t kAppointmentLimit = 1'000'000;  // ns
  static constexpr int64_t kAppointmentPatience = 4 * kAppointmentLimit;
  static constexpr int64_t kSleepLimit = 500'000'000;  // ns

  bool TryAcquire(uint8_t from) {
    return owner_.compare_exchange_strong(from, kHeld, kAcquire,
                                          std::memory_order_relaxed);
  }

  // Enters a section if it acquires the lock. Entering comes before the try:
  // the other way round, a holder could be preempted before it asked not to be.
  bool TryTake(uint8_t from) {
    Section::Enter();
    if (ABSL_PREDICT_TRUE(TryAcquire(from))) return true;
    Section::Leave();
    return false;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD bool TryTakeReserved() {
    return ReservedForNobody() && TryTake(kReserved);
  }

  // In a section. The lock was `was`, and is held now.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void LockContended(
      uint8_t was) noexcept {
    if (was == kReserved) {
      if (watch() == kNobody) return;
      Section::Enter();
      UnlockContended();
    }
    LockContendedUntil(kNever);
  }

  // In a section. Returns in one if it acquires the lock, else in none.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD bool LockContendedUntil(
      int64_t deadline) noexcept {
    const int32_t outer = Section::LeaveAll() - 1;
    const bool acquired = SpinQuickly() || SpinAndWaitToLock(deadline);
    Section::EnterAgain(outer);
    return acquired;
  }

  ABSL_ATTRIBUTE_NOINLINE bool SpinAndWaitToLock(int64_t deadline) {
    [[maybe_unused]] const typename Platform::Waiting waiting(this);
    return SpinToLock() || WaitToLock(deadline);
  }

  // Before all else: a look at the clock alone takes longer than a short
  // section.
  bool SpinQuickly() {
    if (!Platform::LinesAreFast() || !MayLook() ||
        Section::OneIn(kSpinsPerTiming)) {
      return false;
    }
    for (int looks = 0; looks < kQuickLooks; ++looks) {
      if (TakeIfFree()) return true;
      Platform::Relax();
    }
    return false;
  }

  bool SpinToLock() {
    if (!MayLook()) return false;
    const int64_t end = Platform::Now() + kLookTime;
    if (Section::OneIn(kSpinsPerTiming)) Platform::TimeLines(owner_);
    int pause = kFirstPause;
    for (int looks = 0; looks < kLooks; ++looks) {
      if (TakeIfFree()) return true;
      if (Platform::Now() >= end) break;
      Platform::Relax(pause);
      pause = std::min(2 * pause, kLongestPause);
    }
    return false;
  }

  bool TakeIfFree() {
    const uint8_t owner = owner_.load(std::memory_order_relaxed);
    return (owner == kFree || (owner == kReserved && watch() == kNobody)) &&
           TryTake(owner);
  }

  bool WaitToLock(int64_t deadline) {
    while (!TakeIfFree()) {
      if (TimeLeft(deadline) <= 0) return false;
      uint16_t waiters = waiters_.load(std::memory_order_relaxed);
      if (WatchIn(waiters) == kNobody) {
        if (waiters_.compare_exchange_strong(waiters, With(kWatching, waiters),
                                             std::memory_order_relaxed) &&
            WatchToLock(kNapping, deadline)) {
          return true;
        }
      } else if (SleepUntilAppointed(waiters, deadline) &&
                 WatchToLock(kCounting, deadline)) {
        return true;
      }
    }
    return true;
  }

  // Sleeps, if waiters_ still is `waiters`. Returns whether the caller is the
  // watchman now; if not, it may be for no reason at all.
  bool SleepUntilAppointed(uint16_t waiters, int64_t deadline) {
    const uint16_t with_us = static_cast<uint16_t>(waiters + kOneSleeper);
    if (with_us < kOneSleeper) {  // Too many to count: come back soon.
      Park(Word(kHeld, waiters), kUncounted, kDoze, deadline);
      return false;
    }
    if (!waiters_.compare_exchange_strong(waiters, with_us,
                                          std::memory_order_relaxed)) {
      return false;
    }
    Watch watch = WatchIn(with_us);
    const bool another_called = watch == kRelieved || watch == kAppointed;
    Wakeup wakeup = Wakeup::kEarly;
    bool forgotten = false;
    waiters = with_us;
    // Who comes while another is being called sees to it that somebody watches,
    // but not at once: it has not waited for as long as the others.
    const int64_t patience_ends =
        another_called
            ? std::min(deadline, Platform::Now() + kAppointmentPatience)
            : kNever;
    // Counted once and for all: who goes in and out changes the word, which
    // keeps others from falling asleep. (Who is called may come before the one
    // it relieves has gone.)
    while (watch == kRelieved || (wakeup != Wakeup::kWoken &&
                                  (watch == kAppointed) == another_called)) {
      const uint8_t owner = owner_.load(std::memory_order_relaxed);
      // (Another is about to look after it.)
      if (owner == kFree && !another_called) break;
      const bool for_another =
          another_called || watch == kRelieved || owner == kReserved;
      const Wakeup latest =
          Park(Word(owner, waiters), kSleepers,
               for_another ? kAppointmentLimit : kSleepLimit, deadline);
      waiters = waiters_.load(std::memory_order_relaxed);
      watch = WatchIn(waiters);
      // (After a short sleep only if the lock is still reserved.)
      const bool long_enough =
          latest == Wakeup::kTimeout &&
          (!for_another || TimeLeft(deadline) <= 0 ||
           owner_.load(std::memory_order_relaxed) == kReserved);
      if (another_called ? Platform::Now() >= patience_ends : long_enough) {
        wakeup = Wakeup::kTimeout;
        forgotten = !another_called;
        break;
      }
      if (wakeup != Wakeup::kWoken) wakeup = latest;
    }
    // The watchman, if there is one, does not even take a lock that is free.
    forgotten = forgotten && TimeLeft(deadline) > 0 &&
                owner_.load(std::memory_order_relaxed) != kHeld;
    return StopSleeping(wakeup, forgotten);
  }

  bool StopSleeping(Wakeup wakeup, bool forgotten) {
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    for (;;) {
      uint16_t without_us = static_cast<uint16_t>(waiters - kOneSleeper);
      const bool last = without_us < kOneSleeper;
      // Who has not slept leaves the appointment to those who have.
      const bool appointed =
          WatchIn(waiters) == kAppointed && (wakeup != Wakeup::kEarly || last);
      if (appointed || forgotten) {
        without_us = With(kWatching, without_us);
      } else if (last && WatchIn(waiters) == kVacant) {
        without_us = With(kNobody, without_us);
      } else if (WatchIn(waiters) == kRelieved) {  // We may be the one.
        without_us = With(kClaiming, without_us);
      }
      if (waiters_.compare_exchange_weak(waiters, without_us,
                                         std::memory_order_relaxed)) {
        return appointed || forgotten;
      }
    }
  }

  // As the watchman, which sleeps as `asleep` says: naps to be woken by the
  // first release, or dozes where newcomers are known to take the lock as soon
  // as it is free. Returns false if there turns out to be another watchman, or
  // the time is up.
  bool WatchToLock(Watch asleep, int64_t deadline) {
    int64_t begin = Platform::Now();
    int64_t turn = Pace::kUnknown;
    Looks looks;
    if (asleep == kCounting) asleep = BeginTurn(turn);
    while (!WatchAndTake(
        /*crowded=*/asleep == kCounting || asleep == kWatching,
        /*brisk=*/turn < Pace::kShortTurn, looks)) {
      if (TimeLeft(deadline) <= 0) {
        Resign();
        return false;
      }
      const int64_t time = Platform::Now() - begin;
      if (asleep == kCounting) {
        if (pace_.CanEndCount(time)) turn = pace_.EndCount(time, looks);
        // A release that has nothing to do cannot be charged with waits.
        if (pace_.known() && !Platform::Waiting::is_charged()) {
          asleep = kWatching;
        }
      }
      const bool counts = asleep == kCounting && !pace_.known();
      const int64_t length = counts || turn == Pace::kUnknown
                                 ? Pace::kShortTurn
                                 : std::max(turn, kLeastTurn);
      if (asleep != kAwaiting && time >= length) {
        if (SetWatch(kClaiming) == kNobody) return false;
        if (SpinToTake()) break;
        asleep = kAwaiting;  // The holder keeps it for long.
      }
      // No second load: a release in between would find nobody to wake, and its
      // change of the word would go unnoticed.
      const uint16_t waiters = SetWatch(asleep);
      if (waiters == kNobody) return false;
      int64_t limit = kNapLimit;
      if (asleep == kCounting || WatchIn(waiters) == kRelieved) limit = kDoze;
      if (asleep == kWatching) limit = std::min(length - time, kLongDoze);
      const Wakeup wakeup =
          Park(Word(kHeld, waiters), kWatchman, limit, deadline);
      if (wakeup == Wakeup::kWoken && asleep == kNapping) {
        asleep = BeginTurn(turn);
        begin = Platform::Now();
        looks = {};
      }
    }
    if (asleep == kCounting && !pace_.known() && turn != Pace::kUnknown) {
      pace_.CutCountShort(turn);
    }
    EndWatch();
    return true;
  }

  // How the watchman of a crowded lock sleeps at first. Sets `turn` to how long
  // it is, or kUnknown.
  Watch BeginTurn(int64_t& turn) {
    turn = pace_.turn();
    if (turn == Pace::kUnknown || Section::OneIn(kTurnsPerCount)) {
      pace_.BeginCount();
      return kCounting;
    }
    return Platform::Waiting::is_charged() ? kCounting : kWatching;
  }

  // Looks for a moment, and takes the lock if it is reserved or left alone.
  bool WatchAndTake(bool crowded, bool brisk, Looks& looks) {
    const int enough = pace_.slack() ? kSlackLooks : kPoliteLooks;
    bool in_use = false;
    int free_looks = 0;
    for (int i = 0; i < kWatchLooks; ++i) {
      const uint8_t owner = owner_.load(std::memory_order_relaxed);
      if (owner == kHeld) {
        in_use = true;
        ++looks.held;
        free_looks = 0;
      } else {
        ++looks.free;
        ++free_looks;
        if ((!crowded || free_looks > enough) && TryTake(owner)) {
          if (crowded && in_use && !brisk && !pace_.slack()) {
            pace_.NoteSlack();
          }
          return true;
        }
      }
      Platform::Relax();
    }
    return false;
  }

  bool SpinToTake() {
    for (int looks = 0; looks < kClaimLooks; ++looks) {
      const uint8_t owner = owner_.load(std::memory_order_relaxed);
      if (owner != kHeld && TryTake(owner)) return true;
      Platform::Relax();
    }
    return false;
  }

  // As the watchman, which may have been relieved, and stays so. Returns
  // waiters_ as set, or kNobody if another one has ended its watch since.
  uint16_t SetWatch(Watch to) {
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    do {
      const Watch watch = WatchIn(waiters);
      if (watch == kVacant || watch == kAppointed) return kNobody;
      if (watch == kRelieved) return waiters;
    } while (!waiters_.compare_exchange_weak(waiters, With(to, waiters),
                                             std::memory_order_relaxed));
    return With(to, waiters);
  }

  // As the holder now.
  void EndWatch() {
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    uint16_t without_us;
    do {
      const Watch next = WatchIn(waiters) == kRelieved ? kAppointed : kVacant;
      without_us = With(waiters >= kOneSleeper ? next : kNobody, waiters);
    } while (!waiters_.compare_exchange_weak(waiters, without_us,
                                             std::memory_order_relaxed));
  }

  // As the watchman: ends the watch without the lock.
  void Resign() {
    uint16_t waiters = waiters_.load(std::memory_order_relaxed);
    bool sleepers;
    do {
      const Watch watch = WatchIn(waiters);
      if (watch == kVacant || watch == kAppointed) return;  // Another's watch.
      sleepers = waiters >= kOneSleeper;
    } while (!waiters_.compare_exchange_weak(
        waiters, With(sleepers ? kAppointed : kNobody, waiters),
        std::memory_order_relaxed));
    if (sleepers) Wake(kSleepers);
  }

  // Sleeps for `limit` nanoseconds at most, and until `deadline`.
  Wakeup Park(uint32_t word, uint32_t room, int64_t limit, int64_t deadline) {
    return Platform::Park(
        this, word, room,
        std::min(limit, std::max<int64_t>(TimeLeft(deadline), 0)));
  }

  Watch watch() const {
    return WatchIn(waiters_.load(std::memory_order_relaxed));
  }

  static Watch WatchIn(uint16_t waiters) {
    return static_cast<Watch>(waiters & kWatchMask);
  }

  static uint16_t With(Watch watch, uint16_t waiters) {
    return static_cast<uint16_t>((waiters & ~kWatchMask) | watch);
  }

  // Whether newcomers look for it, rather than sleep at once.
  bool MayLook() const { return !crowded() || pace_.slack(); }

  // The futex word.
  uint32_t Word(uint8_t owner, uint16_t waiters) const {
    const uint8_t first[2] = {owner, pace_.bits()};
    uint32_t word;
    memcpy(&word, first, 2);
    memcpy(reinterpret_cast<char*>(&word) + 2, &waiters, 2);
    return word;
  }

  alignas(4) typename Platform::template Atomic<uint8_t> owner_{kFree};
  Pace pace_;
  typename Platform::template Atomic<uint16_t> waiters_{kNobody};
};

extern template class RawLock<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_RAW_LOCK_H_
