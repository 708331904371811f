// Tells ThreadSanitizer what a lock does, so that it sees locks and their order
// where it would see atomic operations. Nothing at all without it.

#ifndef SLICELOCK_LOCKS_OBSERVE_TSAN_H_
#define SLICELOCK_LOCKS_OBSERVE_TSAN_H_

#include "absl/base/config.h"

#ifdef ABSL_HAVE_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>

// In its library, without a header.
extern "C" {
void AnnotateIgnoreSyncBegin(const char* file, int line);
void AnnotateIgnoreSyncEnd(const char* file, int line);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace slicelock::tsan {

#ifdef ABSL_HAVE_THREAD_SANITIZER

inline constexpr bool kPresent = true;

// How the lock is held.
enum Mode : unsigned {
  kExclusive = 0,
  kShared = __tsan_mutex_read_lock,
};

// Runs `lock`, that acquires the lock at `address`.
template <Mode mode = kExclusive, typename Lock>
void Acquire(void* address, Lock&& lock) {
  __tsan_mutex_pre_lock(address, mode);
  lock();
  __tsan_mutex_post_lock(address, mode, 0);
}

// Runs `try_lock`, that says whether it acquired the lock at `address`.
template <Mode mode = kExclusive, typename TryLock>
bool TryAcquire(void* address, TryLock&& try_lock) {
  constexpr unsigned kTry = mode | __tsan_mutex_try_lock;
  __tsan_mutex_pre_lock(address, kTry);
  const bool acquired = try_lock();
  __tsan_mutex_post_lock(
      address, kTry | (acquired ? 0 : __tsan_mutex_try_lock_failed), 0);
  return acquired;
}

// Runs `unlock`, that releases the lock at `address`.
template <Mode mode = kExclusive, typename Unlock>
void Release(void* address, Unlock&& unlock) {
  __tsan_mutex_pre_unlock(address, mode);
  unlock();
  __tsan_mutex_post_unlock(address, mode);
}

// Of a lock that is initialized before the program runs, it hears nothing:
// threads may use it while the process exits, when it is destroyed.
inline void Create(void* address) {
  __tsan_mutex_create(address, __tsan_mutex_not_static);
}
inline void Destroy(void* address) {
  __tsan_mutex_destroy(address, __tsan_mutex_not_static);
}

// For as long as it lives, what the thread does orders nothing, and is no race:
// for what looks at locks, which must not hide races between their users.
class Diversion {
 public:
  Diversion() {
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~Diversion() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
  }
  Diversion(const Diversion&) = delete;
  Diversion& operator=(const Diversion&) = delete;
};

#else

inline constexpr bool kPresent = false;

enum Mode { kExclusive, kShared };

template <Mode = kExclusive, typename Lock>
void Acquire(void*, Lock&& lock) {
  lock();
}

template <Mode = kExclusive, typename TryLock>
bool TryAcquire(void*, TryLock&& try_lock) {
  return try_lock();
}

template <Mode = kExclusive, typename Unlock>
void Release(void*, Unlock&& unlock) {
  unlock();
}

struct Diversion {
  Diversion() {}  // Not trivial: nobody reads it, which Clang would warn of.
};

#endif

}  // namespace slicelock::tsan

#endif  // SLICELOCK_LOCKS_OBSERVE_TSAN_H_
