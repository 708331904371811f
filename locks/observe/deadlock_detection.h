// Finds orders of locks that can end in a deadlock, before they do. In debug
// builds; elsewhere it does nothing.
//
// If one thread acquires A and then B, another B and then A, each can come to
// wait for what the other holds. It hardly ever happens, but that both orders
// occur can be seen in every run. So the order of all locks that threads
// acquire while they hold others is kept, and what would close a cycle is
// reported on standard error, with the stacks that have led to it. So is a
// thread that acquires a lock it holds. A lock that is only tried for cannot
// deadlock.
//
// Each cycle is reported once. The order of some ten thousand locks is kept in
// a fixed amount of memory; if there are more, those seen first are forgotten.

#ifndef SLICELOCK_LOCKS_OBSERVE_DEADLOCK_DETECTION_H_
#define SLICELOCK_LOCKS_OBSERVE_DEADLOCK_DETECTION_H_

namespace slicelock {

enum class OnDeadlockCycle {
  kIgnore,  // Keep no order.
  kReport,
  kAbort,  // Report, then abort.
};

// For all locks of the process; kAbort by default.
void SetMutexDeadlockDetectionMode(OnDeadlockCycle mode);

// The rest is for locks.
namespace deadlock_detection {

// The thread is about to acquire `lock`, even if it has to wait for that.
void BeforeAcquire(const void* lock);

// The lock is gone, or its order is another from now on.
void Forget(const void* lock);

}  // namespace deadlock_detection
}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_DEADLOCK_DETECTION_H_
