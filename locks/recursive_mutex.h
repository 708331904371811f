// A mutex that the thread which holds it may acquire again.
//
//   slicelock::RecursiveMutex mutex;
//
//   void Tree::Insert(Node* node) {
//     std::lock_guard<slicelock::RecursiveMutex> lock(mutex);
//     if (node->full()) Split(node);  // Which acquires it, too.
//     ...
//   }
//
// As slicelock::Mutex, without sharing and conditions, in all that is not said
// here. It has to be released as often as it was acquired, 2^32 - 1 times at
// most. Its size is 24 bytes; to acquire it once more costs a few loads and
// stores. In a child of fork(2), the thread that lives on holds what it held.
//
// Misuse: releasing it in a thread that does not hold it aborts, with one line
// on standard error.
//
// The standard's TimedLockable.

#ifndef SLICELOCK_LOCKS_RECURSIVE_MUTEX_H_
#define SLICELOCK_LOCKS_RECURSIVE_MUTEX_H_

#include <atomic>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/base/thread_annotations.h"
#include "locks/core/platform.h"
#include "locks/mutex.h"
#include "locks/observe/fatal.h"

namespace slicelock {

// `Lock` is Mutex, on LinuxPlatform; or a lock and a platform of a test's.
template <typename Platform, typename Lock>
class ABSL_LOCKABLE BasicRecursiveMutex {
 public:
  constexpr BasicRecursiveMutex() = default;
  BasicRecursiveMutex(const BasicRecursiveMutex&) = delete;
  BasicRecursiveMutex& operator=(const BasicRecursiveMutex&) = delete;

  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (AcquireAgain()) return;
    mutex_.lock();
    Own();
  }

  void unlock() ABSL_UNLOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (ABSL_PREDICT_FALSE(!IsMine())) {
      Fatal("unlock() of a RecursiveMutex that this thread does not hold",
            this);
    }
    if (--times_ != 0) return;
    owner_.store(0, std::memory_order_relaxed);
    mutex_.unlock();
  }

  ABSL_MUST_USE_RESULT bool try_lock()
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return AcquireAgain() || OwnIf(mutex_.try_lock());
  }
  template <typename Duration>
  ABSL_MUST_USE_RESULT bool try_lock_for(const Duration& limit)
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return AcquireAgain() || OwnIf(mutex_.try_lock_for(limit));
  }
  template <typename Time>
  ABSL_MUST_USE_RESULT bool try_lock_until(const Time& deadline)
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return AcquireAgain() || OwnIf(mutex_.try_lock_until(deadline));
  }

 private:
  // Only the thread that it names stores its own name here, or takes it back:
  // so whether it is the caller's needs no order.
  bool IsMine() const {
    return owner_.load(std::memory_order_relaxed) == Platform::Self();
  }

  bool AcquireAgain() {
    if (!IsMine()) return false;
    ++times_;
    return true;
  }

  void Own() {
    owner_.store(Platform::Self(), std::memory_order_relaxed);
    times_ = 1;
  }

  bool OwnIf(bool acquired) {
    if (acquired) Own();
    return acquired;
  }

  Lock mutex_;
  typename Platform::template Atomic<uintptr_t> owner_{0};  // 0: nobody.
  // The holder's.
  uint32_t times_ = 0;
};

using RecursiveMutex = BasicRecursiveMutex<LinuxPlatform, Mutex>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_RECURSIVE_MUTEX_H_
