// The algorithm of Mutex: RawLock, and shared holders beside its one.

#ifndef SLICELOCK_LOCKS_RAW_SHARED_LOCK_H_
#define SLICELOCK_LOCKS_RAW_SHARED_LOCK_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/platform.h"
#include "locks/raw_lock.h"

namespace slicelock {

// Eight bytes:
//
//   gate_     a RawLock. Who holds it is the exclusive holder, or is about to
//             be, as soon as the last shared holder is gone.
//
//   readers_   31                    2     1         0
//             +----------------------+----------+----------+
//             |    shared holders    |    0     | draining |
//             +----------------------+----------+----------+
//
//   shared holders  those there are; and those that have just come, to find the
//                   gate held and go again
//   draining        who holds the gate sleeps until there are none
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

  void lock() noexcept {
    gate_.lock();
    if (ABSL_PREDICT_FALSE(shared())) Drain(Gate::kNever);
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
    gate_.unlock();
    return false;
  }

  void unlock() noexcept { gate_.unlock(); }

  void lock_shared() noexcept {
    Section::Enter();
    if (ABSL_PREDICT_FALSE(!TryShare())) LockSharedContended(Gate::kNever);
  }

  bool try_lock_shared() noexcept {
    Section::Enter();
    if (ABSL_PREDICT_TRUE(TryShare())) return true;
    Section::Leave();
    return false;
  }

  void unlock_shared() noexcept {
    if (ABSL_PREDICT_FALSE(CountOut())) {
      Section::LeaveThrough([this] { WakeDrain(); });
    } else {
      Section::Leave();
    }
  }

  // Whether somebody holds it exclusively, or is about to.
  bool held() const { return gate_.held(); }

  // Whether somebody holds it shared, or is just trying to.
  bool shared() const {
    return (readers_.load(std::memory_order_seq_cst) & kReaders) != 0;
  }

 private:
  // With a stronger order, for what is said above.
  using Gate = RawLock<Platform, std::memory_order_seq_cst>;
  using Section = typename Platform::Section;

  static constexpr uint32_t kDraining = 1;
  static constexpr uint32_t kOneReader = 4;
  static constexpr uint32_t kReaders = ~(kOneReader - 1);

  static constexpr uint32_t kRoom = 1;
  static constexpr int kLooks = 1000;
  // The last shared holder ends this sleep, as a rule.
  static constexpr int64_t kSleepLimit = 500'000'000;  // ns

  // In a section.
  bool TryShare() {
    // Where the gate is held, the count is better left alone.
    if (!gate_.free(std::memory_order_relaxed)) return false;
    readers_.fetch_add(kOneReader, std::memory_order_seq_cst);
    if (ABSL_PREDICT_TRUE(gate_.free(std::memory_order_seq_cst))) return true;
    Section::Enter();
    unlock_shared();
    return false;
  }

  // Returns whether that was the last, and somebody is to be woken for it.
  bool CountOut() {
    const uint32_t before =
        readers_.fetch_sub(kOneReader, std::memory_order_release);
    return before == (kOneReader | kDraining);
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
    if (!gate_.lock_until(deadline)) return false;
    Section::Enter();
    // The gate orders it.
    readers_.fetch_add(kOneReader, std::memory_order_relaxed);
    gate_.unlock();
    return true;
  }

  // As the holder of the gate, in its section. Waits until the last shared
  // holder has gone. If it takes longer than `deadline`, lets the gate go.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD bool Drain(
      int64_t deadline) noexcept {
    const int32_t outer = Section::LeaveAll() - 1;
    const bool drained = SpinToDrain() || SleepToDrain(deadline);
    Section::EnterAgain(outer + 1);
    if (drained) return true;
    gate_.unlock();
    return false;
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
        readers_.fetch_or(kDraining, std::memory_order_relaxed) | kDraining;
    for (;;) {
      const int64_t left = Gate::TimeLeft(deadline);
      if ((readers & kReaders) == 0 || left <= 0) break;
      Platform::Park(&readers_, readers, kRoom, std::min(left, kSleepLimit));
      readers = readers_.load(std::memory_order_relaxed);
    }
    // Acquire: what shared holders did comes before what we do.
    readers_.fetch_and(~kDraining, std::memory_order_acquire);
    return (readers & kReaders) == 0;
  }

  Gate gate_;
  typename Platform::template Atomic<uint32_t> readers_{0};
};

extern template class RawSharedLock<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_RAW_SHARED_LOCK_H_
