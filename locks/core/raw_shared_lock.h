// The algorithm of Mutex: RawLock, and shared holders beside its one.

#ifndef SLICELOCK_LOCKS_CORE_RAW_SHARED_LOCK_H_
#define SLICELOCK_LOCKS_CORE_RAW_SHARED_LOCK_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/core/lock_waiters.h"
#include "locks/core/outside_sections.h"
#include "locks/core/platform.h"
#include "locks/core/raw_lock.h"
#include "locks/core/waiter.h"

namespace slicelock {

namespace testing {
template <typename Lock>
struct SharedLockWord;
}  // namespace testing

// Eight bytes:
//
//   gate_     a RawLock. Who holds it is the exclusive holder, or is about to
//             be, as soon as the last shared holder is gone.
//
//   readers_      31     30                2     1          0
//             +----------+------------------+----------+----------+
//             | observed |  shared holders  | sleeping | draining |
//             +----------+------------------+----------+----------+
//
//   observed        somebody wants to know what happens to the lock; for ever
//   shared holders  those there are; and those that have just come, to find the
//                   gate held and go again
//   draining        who holds the gate waits until there are none
//   sleeping        and sleeps
//
// A shared holder comes past a gate that is free, without a look at it before
// it has counted itself; an exclusive one looks at the count when it has the
// gate. These four accesses are sequentially consistent: one of the two sees
// the other. Where the gate is held, shared holders queue for it as others do,
// count themselves when they have it, and let it go. So an exclusive waiter
// keeps shared ones from coming, and nobody waits for longer than RawLock
// makes them.
//
// Who holds the lock, either way, is in a section; who waits is in none. (The
// last shared holder to go makes the next exclusive one a holder, which enters
// its section as soon as it sees that.)
template <typename Platform>
class RawSharedLock {
 public:
  constexpr RawSharedLock() = default;

  // Returns whether the lock is observed.
  bool lock() noexcept {
    gate_.lock();
    return ABSL_PREDICT_FALSE(readers_.load(std::memory_order_seq_cst) >=
                              kOneReader) &&
           LockUnusually();
  }

  // Both until `deadline`, a time of Platform::Now()'s: return whether they
  // acquire the lock.
  bool lock_until(int64_t deadline) noexcept {
    return gate_.lock_until(deadline) &&
           (ABSL_PREDICT_TRUE(!shared()) || Drain(deadline));
  }
  bool lock_shared_until(int64_t deadline) noexcept {
    Section::Enter();
    return ABSL_PREDICT_TRUE(TryShare()) || LockSharedContended(deadline);
  }

  bool try_lock() noexcept {
    // Shared holders that come need not find the gate held for nothing.
    if (ABSL_PREDICT_FALSE(shared()) || !gate_.try_lock()) return false;
    if (ABSL_PREDICT_TRUE(!shared())) return true;
    LetGo();
    return false;
  }

  void unlock() noexcept {
    if (ABSL_PREDICT_FALSE(more_to_release())) return UnlockUnusually();
    UnlockUncontended();
  }

  // Whether there is more to a release than UnlockUncontended().
  bool more_to_release() const { return gate_.more_to_release(); }
  void UnlockUncontended() noexcept { gate_.UnlockUncontended(); }

  void lock_shared() noexcept {
    Section::Enter();
    if (ABSL_PREDICT_FALSE(!TryShare())) LockSharedContended(Gate::kNever);
  }

  bool try_lock_shared() noexcept {
    Section::Enter();
    if (ABSL_PREDICT_TRUE(TryShare())) return true;
    Section::Leave();
    return ABSL_PREDICT_FALSE(TryShareReserved());
  }

  void unlock_shared() noexcept {
    if (ABSL_PREDICT_FALSE(CountOut())) {
      Section::LeaveThrough([this] { WakeDrain(); });
    } else {
      Section::Leave();
    }
  }

  void Acquire(Hold hold) noexcept {
    hold == Hold::kShared ? lock_shared() : void(lock());
  }
  void Release(Hold hold) noexcept {
    hold == Hold::kShared ? unlock_shared() : unlock();
  }

  // Those that wait for a condition, or have to come back from waiting.
  LockWaiters<Platform> waiters() { return LockWaiters<Platform>(&gate_); }

  // How the caller holds it, if it does.
  Hold hold() const {
    for (int looks = 0;; ++looks) {
      const uint32_t readers = readers_.load(std::memory_order_relaxed);
      if (!gate_.held()) return Hold::kShared;
      if ((readers & kReaders) == 0) return Hold::kExclusive;
      if ((readers & kDraining) != 0) return Hold::kShared;
      // Somebody counts itself in or out, or is about to drain.
      if (looks < kLooks) {
        Platform::Relax();
      } else {
        const OutsideSections<Section> outside_sections;
        Platform::Park(&readers_, readers, kNobodysRoom, kPause);
      }
    }
  }

  // From now on lock() says that the lock is observed, and it is looked after
  // as it is released. A holder of an observed lock calls it again.
  void SetObserved() {
    if (!observed()) readers_.fetch_or(kObserved, std::memory_order_relaxed);
    gate_.SetAttention();
  }
  bool observed() const {
    return (readers_.load(std::memory_order_relaxed) & kObserved) != 0;
  }

  // Whether somebody holds it exclusively, or is about to.
  bool held() const { return gate_.held(); }

  // Whether somebody holds it shared, or is just trying to.
  bool shared() const {
    return (readers_.load(std::memory_order_seq_cst) & kReaders) != 0;
  }

 private:
  friend struct testing::SharedLockWord<RawSharedLock>;

  // Of a stronger order, for what is said above.
  using Gate = typename LockWaiters<Platform>::Gate;
  using Section = typename Platform::Section;

  static constexpr uint32_t kDraining = 1;
  static constexpr uint32_t kSleeping = 2;
  static constexpr uint32_t kOneReader = 4;
  static constexpr uint32_t kObserved = uint32_t{1} << 31;
  static constexpr uint32_t kReaders = kObserved - kOneReader;

  static constexpr uint32_t kRoom = 1;
  static constexpr uint32_t kNobodysRoom = 2;
  static constexpr int64_t kPause = 100'000;  // ns
  static constexpr int kLooks = std::min(1000, kMostLooks<Platform>);
  // The last shared holder ends this sleep, as a rule.
  static constexpr int64_t kSleepLimit = 500'000'000;  // ns

  // In a section.
  bool TryShare() {
    // Where the gate is held, the count is better left alone.
    if (!gate_.free(std::memory_order_relaxed)) return false;
    readers_.fetch_add(kOneReader, std::memory_order_seq_cst);
    if (ABSL_PREDICT_TRUE(gate_.free(std::memory_order_seq_cst))) return true;
    GoAgain();
    return false;
  }

  // In no section. Enters one if it acquires the lock.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD bool TryShareReserved() noexcept {
    return gate_.ReservedForNobody() && gate_.try_lock() && GoOnToShare();
  }

  // Somebody has come for the gate meanwhile.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void GoAgain() noexcept {
    Section::Enter();
    unlock_shared();
  }

  // Returns whether that was the last, and somebody is to be woken for it.
  bool CountOut() {
    const uint32_t before =
        readers_.fetch_sub(kOneReader, std::memory_order_release);
    return (before & ~kObserved) == (kOneReader | kDraining | kSleeping);
  }

  void WakeDrain() { Platform::WakeOne(&readers_, kRoom); }

  // In a section. Returns in one if it acquires the lock, else in none.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD bool LockSharedContended(
      int64_t deadline) noexcept {
    const int32_t outer = Section::LeaveAll() - 1;
    const bool acquired = SpinToShare() || QueueToShare(deadline);
    Section::EnterAgain(outer);
    return acquired;
  }

  bool SpinToShare() {
    for (int looks = gate_.crowded() ? 0 : kLooks; looks > 0; --looks) {
      if (gate_.free(std::memory_order_relaxed) && try_lock_shared()) {
        return true;
      }
      Platform::Relax();
    }
    return false;
  }

  bool QueueToShare(int64_t deadline) {
    return gate_.lock_until(deadline) && GoOnToShare();
  }

  // As the holder of the gate, in its section.
  bool GoOnToShare() {
    Section::Enter();
    // The gate orders it.
    readers_.fetch_add(kOneReader, std::memory_order_relaxed);
    LetGo();
    return true;
  }

  // As the holder of the gate, in its section. Returns as lock() does.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD bool LockUnusually() noexcept {
    if (shared()) Drain(Gate::kNever);
    return observed();
  }

  // As the holder of the gate, in its section. Waits until the last shared
  // holder has gone. If it takes longer than `deadline`, lets the gate go.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD bool Drain(
      int64_t deadline) noexcept {
    const int32_t outer = Section::LeaveAll() - 1;
    readers_.fetch_or(kDraining, std::memory_order_relaxed);
    const bool drained = SpinToDrain() || SleepToDrain(deadline);
    // Acquire: what shared holders did comes before what we do.
    readers_.fetch_and(~(kDraining | kSleeping), std::memory_order_acquire);
    Section::EnterAgain(outer + 1);
    if (!drained) LetGo();
    return drained;
  }

  bool SpinToDrain() {
    for (int looks = 0; looks < kLooks; ++looks) {
      if (!shared()) return true;
      Platform::Relax();
    }
    return false;
  }

  bool SleepToDrain(int64_t deadline) {
    uint32_t readers =
        readers_.fetch_or(kSleeping, std::memory_order_relaxed) | kSleeping;
    while ((readers & kReaders) != 0) {
      const int64_t left = Gate::TimeLeft(deadline);
      if (left <= 0) return false;
      Platform::Park(&readers_, readers, kRoom, std::min(left, kSleepLimit));
      readers = readers_.load(std::memory_order_relaxed);
    }
    return true;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void UnlockUnusually() noexcept {
    // The order: set by ourselves, or by one who held the lock before.
    if (gate_.attention()) {
      waiters().ReleaseAndWake();
    } else {
      gate_.UnlockContended();
    }
  }

  // Releases the gate, not as an exclusive holder. Shared ones may have gone to
  // wait meanwhile, and have been signalled and left to us. Either we see them
  // after our release, or the signal comes after it: these accesses are
  // sequentially consistent, too.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void LetGo() noexcept {
    gate_.template UnlockContended<std::memory_order_seq_cst>();
    if (gate_.attention(std::memory_order_seq_cst)) {
      LockWaiters<Platform>::Wake(waiters().ChooseSignalled());
    }
  }

  Gate gate_;
  typename Platform::template Atomic<uint32_t> readers_{0};
};

extern template class RawSharedLock<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_RAW_SHARED_LOCK_H_
