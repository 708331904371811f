// What a lock tells others of what it does: ThreadSanitizer, tracers, and the
// checks of debug builds. Without all those, nothing but what it runs.

#ifndef SLICELOCK_LOCKS_OBSERVE_OBSERVE_H_
#define SLICELOCK_LOCKS_OBSERVE_OBSERVE_H_

#include <utility>

#include "absl/base/config.h"
#include "locks/observe/lock_checks.h"
#include "locks/observe/probes.h"
#include "locks/observe/tsan.h"

namespace slicelock::observe {

template <tsan::Mode mode>
void Acquired(void* address) {
  lock_checks::Acquired(address, mode);
  probes::MutexAcquired(address);
}

// Runs `lock`, that acquires the lock at `address`, waiting if need be.
template <tsan::Mode mode = tsan::kExclusive, typename Lock>
void Acquire(void* address, Lock&& lock) {
  probes::MutexEntry(address);
  lock_checks::BeforeAcquire(address);
  tsan::Acquire<mode>(address, std::forward<Lock>(lock));
  Acquired<mode>(address);
}

// Runs `try_lock`, that says whether it acquired the lock at `address`.
template <tsan::Mode mode = tsan::kExclusive, typename TryLock>
bool TryAcquire(void* address, TryLock&& try_lock) {
  if (!tsan::TryAcquire<mode>(address, std::forward<TryLock>(try_lock))) {
    return false;
  }
  Acquired<mode>(address);
  return true;
}

// The same if `try_lock` may wait.
template <tsan::Mode mode = tsan::kExclusive, typename TryLock>
bool TryAcquireInTime(void* address, TryLock&& try_lock) {
  probes::MutexEntry(address);
  lock_checks::BeforeAcquire(address);
  return TryAcquire<mode>(address, std::forward<TryLock>(try_lock));
}

// Runs `unlock`, that releases the lock at `address`.
template <tsan::Mode mode = tsan::kExclusive, typename Unlock>
void Release(void* address, Unlock&& unlock) {
  lock_checks::BeforeRelease(address, mode);
  probes::MutexRelease(address);
  tsan::Release<mode>(address, std::forward<Unlock>(unlock));
  lock_checks::Released(address, mode);
}

// As the lock at `address` is made.
constexpr void Create([[maybe_unused]] void* address) {
#ifdef ABSL_HAVE_THREAD_SANITIZER
  if (!__builtin_is_constant_evaluated()) tsan::Create(address);
#endif
}

// Before the lock at `address` is gone.
inline void Destroy([[maybe_unused]] void* address,
                    [[maybe_unused]] bool held) {
  lock_checks::BeforeDestruction(address, held);
#ifdef ABSL_HAVE_THREAD_SANITIZER
  tsan::Destroy(address);
#endif
}

}  // namespace slicelock::observe

#endif  // SLICELOCK_LOCKS_OBSERVE_OBSERVE_H_
