// A lock for very short sections, in the manner of abseil's.
//
//   slicelock::SpinLock lock;
//   int counter ABSL_GUARDED_BY(lock) = 0;
//
//   void Count() {
//     slicelock::SpinLockHolder holder(lock);
//     ++counter;
//   }
//
// Its holder asks the kernel not to be preempted for the few microseconds it
// needs (see locks/slice_section.h; 5 us by default), where the kernel offers
// that; GetStatus() in rseq_abi/status.h tells. Elsewhere it is a plain lock.
//
// It is what Mutex is without sharing and conditions, and stays as small as it
// is.
//
// Guarantees:
//   - Size: 4 bytes. Construction is constexpr, destruction trivial (but in
//     debug builds and for ThreadSanitizer), so globals are safe before and
//     after main().
//   - Cost: one atomic read-modify-write to acquire, one store to release, and
//     what SliceSection costs. No allocation ever; no system call while it is
//     free, but for a thread's first lock and after a grant.
//   - Waiting: looks at the lock for 50 us at most, or not at all if others
//     wait already and it is seldom free for longer than it takes to hand it
//     over; then sleeps in the kernel (futex(2)): on a lock whose holder is not
//     running, looking on would only keep the holder from it. The rest of it,
//     fairness, destruction and fork(2) are as with Mutex.
//   - Memory: what a holder wrote before it released is seen by the next.
//   - Signal handlers: may use it if nothing they interrupt in their own thread
//     can hold it or wait for it, and the thread has locked before.
//
// Not for memory that processes share.
//
// Misuse: it is not recursive; a thread that acquires it twice waits for ever.
// Releasing it in another thread than the one that acquired it is undefined,
// and not noticed. Releasing it when it is free aborts with one line on
// standard error. Debug builds notice all that, as with Mutex.

#ifndef SLICELOCK_LOCKS_SPINLOCK_H_
#define SLICELOCK_LOCKS_SPINLOCK_H_

#include "absl/base/attributes.h"
#include "absl/base/config.h"
#include "absl/base/const_init.h"
#include "absl/base/optimization.h"
#include "absl/base/thread_annotations.h"
#include "locks/core/raw_lock.h"
#include "locks/observe/checks.h"
#include "locks/observe/contention.h"
#include "locks/observe/fatal.h"
#include "locks/observe/hooks.h"
#include "locks/observe/lock_checks.h"
#include "locks/observe/observe.h"

namespace slicelock {

// Abseil's, for code that names them. Its locks tell a scheduler of its own
// that they wait; these have only the kernel's, so there is no difference.
enum SchedulingMode {
  SCHEDULE_KERNEL_ONLY,
  SCHEDULE_COOPERATIVE_AND_KERNEL,
};

class ABSL_LOCKABLE SpinLock {
 public:
  constexpr SpinLock() { observe::Create(this); }
  explicit constexpr SpinLock(SchedulingMode) : SpinLock() {}
  constexpr SpinLock(absl::ConstInitType, SchedulingMode) : SpinLock() {}
#if SLICELOCK_CHECKS || defined(ABSL_HAVE_THREAD_SANITIZER)
  ~SpinLock() { observe::Destroy(this, lock_.held()); }
#endif
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  // Waits until the lock is free and acquires it.
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    observe::Acquire(this, [this] { lock_.lock(); });
  }

  // Releases the lock.
  void unlock() ABSL_UNLOCK_FUNCTION() {
    if (ABSL_PREDICT_FALSE(!lock_.held())) {
      Fatal("unlock() of a SpinLock that nobody holds", this);
    }
    if (ABSL_PREDICT_FALSE(lock_.more_to_release())) return UnlockUnusually();
    observe::Release(this, [this] { lock_.UnlockUncontended(); });
  }

  // Acquires the lock if it is free, and not about to go to a thread that has
  // waited for long. Returns whether it did.
  ABSL_MUST_USE_RESULT bool try_lock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return observe::TryAcquire(this, [this] { return lock_.try_lock(); });
  }

  // Aborts unless some thread holds the lock.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {
    if (ABSL_PREDICT_FALSE(!lock_.held())) {
      Fatal("AssertHeld() on a SpinLock that nobody holds", this);
    }
    lock_checks::AssertHeld(this);
  }

  // Whether some thread holds the lock; it may be out of date at once.
  ABSL_MUST_USE_RESULT bool IsHeld() const { return lock_.held(); }

  // The same under abseil's names.
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { unlock(); }
  ABSL_MUST_USE_RESULT bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return try_lock();
  }

 private:
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void UnlockUnusually()
      ABSL_UNLOCK_FUNCTION() {
    const contention::SlowRelease slow(hooks::Kind::kSpinLock, this);
    observe::Release(this, [this] { lock_.UnlockContended(); });
  }

  RawLock<LinuxPlatform> lock_;
};

// Holds a SpinLock for as long as it lives.
class ABSL_SCOPED_LOCKABLE [[nodiscard]] SpinLockHolder {
 public:
  explicit SpinLockHolder(SpinLock& lock) ABSL_EXCLUSIVE_LOCK_FUNCTION(lock)
      : lock_(lock) {
    lock_.lock();
  }
  explicit SpinLockHolder(SpinLock* lock) ABSL_EXCLUSIVE_LOCK_FUNCTION(lock)
      : SpinLockHolder(*lock) {}
  ~SpinLockHolder() ABSL_UNLOCK_FUNCTION() { lock_.unlock(); }
  SpinLockHolder(const SpinLockHolder&) = delete;
  SpinLockHolder& operator=(const SpinLockHolder&) = delete;

 private:
  SpinLock& lock_;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_SPINLOCK_H_
