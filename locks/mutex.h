// A mutex whose holder keeps its CPU.
//
//   slicelock::Mutex mutex;
//   std::map<Key, Value> table ABSL_GUARDED_BY(mutex);
//
//   void Insert(Key key, Value value) {
//     slicelock::MutexLock lock(mutex);
//     table.emplace(std::move(key), std::move(value));
//   }
//
// The standard's std::lock_guard, std::unique_lock and std::scoped_lock do as
// well.
//
// Its holder asks the kernel not to be preempted for the few microseconds it
// needs (see locks/slice_section.h; 5 us by default), where the kernel offers
// that; GetStatus() in rseq_abi/status.h tells. Elsewhere it is a plain mutex.
//
// Guarantees:
//   - Size: 4 bytes. Construction is constexpr, destruction trivial (but for
//     ThreadSanitizer), so globals are safe before and after main().
//   - Cost: one atomic read-modify-write to acquire, a store to release, and
//     what SliceSection costs. No allocation ever; no system call while it is
//     free, but for a thread's first lock and after a grant.
//   - Waiting: looks at the mutex for some tens of microseconds, or shorter if
//     others already wait, then sleeps in the kernel (futex(2)). One of those
//     that wait comes back to look: every 4 ms while the holder keeps it, every
//     200 us while others take it all the time. A wake-up that a release has
//     missed is as late as that. No cancellation point.
//   - Fairness: a mutex that is wanted all the time goes to whoever comes when
//     it is free, for a turn of up to 15 ms, or until the next release if that
//     is later; then to the one that has waited longest, or nearly so. So a
//     long wait is rare, and ends after about as many turns as threads wait.
//     There is no order among those that need not sleep.
//   - Memory: what a holder wrote before it released is seen by the next.
//   - Signal handlers: may use try_lock(), and unlock(), if the thread has
//     locked before.
//   - After fork(2) the child's copy is held if it was held; only the thread
//     that held it, if it is the one that lives on, may release it. If others
//     waited for it, try_lock() can fail in the child until lock() has
//     succeeded, which can take a moment (0.5 s at most, if nobody holds it).
//   - May be destroyed as soon as nobody holds it, waits for it or will acquire
//     it, even if the last unlock() has not returned yet.
//
// Not for memory that processes share.
//
// Misuse: it is not recursive; a thread that acquires it twice waits for ever.
// Releasing it in another thread than the one that acquired it is undefined,
// and not noticed. Releasing it when it is free aborts with one line on
// standard error.
//
// The standard's BasicLockable and Lockable.

#ifndef SLICELOCK_LOCKS_MUTEX_H_
#define SLICELOCK_LOCKS_MUTEX_H_

#include "absl/base/attributes.h"
#include "absl/base/config.h"
#include "absl/base/optimization.h"
#include "absl/base/thread_annotations.h"
#include "locks/fatal.h"
#include "locks/raw_lock.h"
#include "locks/tsan.h"

namespace slicelock {

class ABSL_LOCKABLE Mutex {
 public:
  constexpr Mutex() = default;
#ifdef ABSL_HAVE_THREAD_SANITIZER
  ~Mutex() { tsan::Destroy(this); }
#endif
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // Waits until the mutex is free and acquires it.
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    tsan::Acquire(this, [this] { mutex_.lock(); });
  }

  // Releases the mutex.
  void unlock() ABSL_UNLOCK_FUNCTION() {
    if (ABSL_PREDICT_FALSE(!mutex_.held())) {
      Fatal("unlock() of a Mutex that nobody holds", this);
    }
    tsan::Release(this, [this] { mutex_.unlock(); });
  }

  // Acquires the mutex if it is free, and not about to go to a thread that has
  // waited for long. Returns whether it did.
  ABSL_MUST_USE_RESULT bool try_lock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return tsan::TryAcquire(this, [this] { return mutex_.try_lock(); });
  }

  // Aborts unless some thread holds the mutex.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {
    if (ABSL_PREDICT_FALSE(!mutex_.held())) {
      Fatal("AssertHeld() on a Mutex that nobody holds", this);
    }
  }

  // The same under abseil's names.
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { unlock(); }
  ABSL_MUST_USE_RESULT bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return try_lock();
  }

 private:
  RawLock<LinuxPlatform> mutex_;
};

// Holds a Mutex for as long as it lives.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_.lock();
  }
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : MutexLock(*mutex) {}
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_MUTEX_H_
