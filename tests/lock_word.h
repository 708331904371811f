// A look inside a lock, and what other threads would do to it, for tests that
// have one thread only.

#ifndef SLICELOCK_TESTS_LOCK_WORD_H_
#define SLICELOCK_TESTS_LOCK_WORD_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <new>
#include <type_traits>

namespace slicelock::testing {

template <typename Lock>
struct LockWord {
  using Owner = typename Lock::Owner;
  using Watch = typename Lock::Watch;
  using Pace = typename Lock::Pace;

  static void Set(Lock& lock, Owner owner, Watch watch = Lock::kNobody,
                  int sleepers = 0) {
    SetOwner(lock, owner);
    SetWaiters(lock, watch, sleepers);
  }

  static void SetOwner(Lock& lock, Owner owner) {
    std::atomic<uint8_t>& word = lock.owner_;  // Without a test's checks.
    word.store(owner, std::memory_order_relaxed);
  }

  static void SetWaiters(Lock& lock, Watch watch, int sleepers = 0) {
    const int attention = lock.attention() ? Lock::kAttention : 0;
    lock.waiters_.store(
        static_cast<uint16_t>(watch + attention + sleepers * Lock::kOneSleeper),
        std::memory_order_relaxed);
  }

  // As if there had been so many in a turn that counts.
  static void CountReleases(Lock& lock, int releases) {
    lock.pace_.Set(slack(lock),
                   std::min<int>(releases / Pace::kReleasesPerPulse + 1,
                                 Pace::kMostNumber));
  }

  // As if a watchman had found out that a turn is so long, in nanoseconds.
  static void SetTurn(Lock& lock, int64_t turn) {
    lock.pace_.SetTurn(turn, slack(lock));
  }
  static void ForgetTurn(Lock& lock) { lock.pace_.BeginCount(); }
  // That, or Pace::kUnknown.
  static int64_t turn(const Lock& lock) { return lock.pace_.turn(); }

  static int slack(const Lock& lock) {
    return Pace::SlackIn(lock.pace_.bits());
  }
  static void SetSlack(Lock& lock, int slack) {
    lock.pace_.Set(slack, lock.pace_.bits() % Pace::kOneSlack);
  }

  static Owner owner(const Lock& lock) {
    return static_cast<Owner>(lock.owner_.load(std::memory_order_relaxed));
  }
  static Watch watch(const Lock& lock) {
    return Lock::WatchIn(lock.waiters_.load(std::memory_order_relaxed));
  }
  static int sleepers(const Lock& lock) {
    return lock.waiters_.load(std::memory_order_relaxed) / Lock::kOneSleeper;
  }

  static constexpr int kMostSleepers = 0xffff / Lock::kOneSleeper;
  static constexpr auto kMostSlack = Pace::kMostSlack;
  static constexpr auto kFree = Lock::kFree;
  static constexpr auto kHeld = Lock::kHeld;
  static constexpr auto kReserved = Lock::kReserved;
  static constexpr auto kNobody = Lock::kNobody;
  static constexpr auto kWatching = Lock::kWatching;
  static constexpr auto kCounting = Lock::kCounting;
  static constexpr auto kNapping = Lock::kNapping;
  static constexpr auto kClaiming = Lock::kClaiming;
  static constexpr auto kAwaiting = Lock::kAwaiting;
  static constexpr auto kRelieved = Lock::kRelieved;
  static constexpr auto kVacant = Lock::kVacant;
  static constexpr auto kAppointed = Lock::kAppointed;
  static constexpr auto kSleepers = Lock::kSleepers;
  static constexpr auto kWatchman = Lock::kWatchman;
  static constexpr auto kLooks = Lock::kLooks;
  static constexpr auto kQuickLooks = Lock::kQuickLooks;
  static constexpr auto kSpinsPerTiming = Lock::kSpinsPerTiming;
  static constexpr auto kLookTime = Lock::kLookTime;
  static constexpr auto kWatchLooks = Lock::kWatchLooks;
  static constexpr auto kClaimLooks = Lock::kClaimLooks;
  static constexpr auto kDoze = Lock::kDoze;
  static constexpr auto kLongDoze = Lock::kLongDoze;
  static constexpr auto kReleasesPerTurn = Pace::kReleasesPerTurn;
  static constexpr auto kReleasesPerPulse = Pace::kReleasesPerPulse;
  static constexpr auto kTurnsPerCount = Lock::kTurnsPerCount;
  static constexpr auto kLeastTurn = Lock::kLeastTurn;
  static constexpr auto kShortTurn = Pace::kShortTurn;
  static constexpr auto kLongTurn = Pace::kLongTurn;
  static constexpr auto kNapLimit = Lock::kNapLimit;
  static constexpr auto kAppointmentLimit = Lock::kAppointmentLimit;
  static constexpr auto kSleepLimit = Lock::kSleepLimit;
};

// The same for the readers beside the gate of a RawSharedLock.
template <typename Lock>
struct SharedLockWord {
  using Gate = typename Lock::Gate;

  static Gate& gate(Lock& lock) { return lock.gate_; }

  // `state` is kDraining or kSleeping, or both, or 0.
  static void SetReaders(Lock& lock, int readers, uint32_t state = 0) {
    lock.readers_.store(
        static_cast<uint32_t>(readers) * Lock::kOneReader + state,
        std::memory_order_relaxed);
  }

  static constexpr auto kDraining = Lock::kDraining;
  static constexpr auto kSleeping = Lock::kSleeping;
};

// Where a list is that belongs to `key`.
template <typename List>
struct ListBucket {
  static auto& Of(const void* key) { return List::BucketOf(key); }
  static void Clear(const void* key) {
    auto& bucket = Of(key);
    new (&bucket) std::decay_t<decltype(bucket)>();
  }
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_LOCK_WORD_H_
