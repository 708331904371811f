// What locks look for in debug builds, in the order in which a lock calls it.
// Nothing in others.
//
// Misuse ends the process, with the lock's name and the stack; what may become
// a deadlock does as SetMutexDeadlockDetectionMode() says.

#ifndef SLICELOCK_LOCKS_OBSERVE_LOCK_CHECKS_H_
#define SLICELOCK_LOCKS_OBSERVE_LOCK_CHECKS_H_

#include "locks/observe/checks.h"
#include "locks/observe/tsan.h"

namespace slicelock::lock_checks {

#if SLICELOCK_CHECKS

// The thread is about to acquire `lock`, and to wait for that if need be: not
// for a lock it holds, nor in an order that can end in a deadlock.
void BeforeAcquire(const void* lock);

void Acquired(const void* lock, tsan::Mode mode);

// Still as a holder, which the thread must be, in this mode. It is one until
// Released(), when the lock may be gone: as it releases the lock, it evaluates
// Conditions, which may say that it is held.
void BeforeRelease(const void* lock, tsan::Mode mode);
void Released(const void* lock, tsan::Mode mode);

// Nobody may hold it, as `held` says; of a global lock, only others may.
void BeforeDestruction(const void* lock, bool held);

// Aborts if the thread is known not to hold `lock`: alone, or at all.
void AssertHeld(const void* lock);
void AssertReaderHeld(const void* lock);
// Aborts if it is known to hold it.
void AssertNotHeld(const void* lock);

// For as long as it lives, the thread evaluates a Condition, as a holder of its
// mutex. That may acquire other locks, if it releases them.
class Evaluation {
 public:
  Evaluation();
  ~Evaluation();
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  const int held_before_;
};

#else

inline void BeforeAcquire(const void*) {}
inline void Acquired(const void*, tsan::Mode) {}
inline void BeforeRelease(const void*, tsan::Mode) {}
inline void Released(const void*, tsan::Mode) {}
inline void BeforeDestruction(const void*, bool) {}
inline void AssertHeld(const void*) {}
inline void AssertReaderHeld(const void*) {}
inline void AssertNotHeld(const void*) {}

struct Evaluation {
  Evaluation() {}
};

#endif

}  // namespace slicelock::lock_checks

#endif  // SLICELOCK_LOCKS_OBSERVE_LOCK_CHECKS_H_
