// A condition variable for Mutex: a place to wait until somebody says that
// something may have changed.
//
//   void Put(Item item) {
//     slicelock::MutexLock lock(mutex);
//     items.push_back(std::move(item));
//     not_empty.Signal();
//   }
//   Item Take() {
//     slicelock::MutexLock lock(mutex);
//     while (items.empty()) not_empty.Wait(&mutex);
//     ...
//   }
//
// Mutex::Await() and LockWhen() need no signals, and are harder to misuse.
//
// Guarantees:
//   - Size: 4 bytes. Construction is constexpr, destruction trivial. No
//     allocation, but that the first wait in a process may.
//   - Cost: Signal() and SignalAll() are one load where nobody waits. While the
//     mutex is held, they make no system call: waiters wait for the mutex from
//     then on, and its release wakes one of them, whose release wakes the next.
//   - Signal() goes to the waiter of the highest real-time priority, and of
//     those to the one that came first.
//   - Signals may be given with the mutex held or not. A waiter that holds a
//     share of the mutex holds one again when it comes back.
//   - May be destroyed as soon as nobody waits that has not been signalled.
//   - Not for signal handlers. After fork(2) the child has no waiters.
//
// Misuse: waiting without holding the mutex is undefined, and as a rule ends as
// unlocking a mutex does that nobody holds. Not for memory that processes
// share.

#ifndef SLICELOCK_LOCKS_COND_VAR_H_
#define SLICELOCK_LOCKS_COND_VAR_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/time/time.h"
#include "locks/core/platform.h"
#include "locks/core/raw_cond_var.h"
#include "locks/deadline.h"
#include "locks/mutex.h"
#include "locks/observe/hooks.h"
#include "locks/observe/lock_log.h"

namespace slicelock {

class CondVar {
 public:
  constexpr CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  // Lets go of the mutex, waits for a signal, and acquires the mutex again in
  // the way it was held. With a limit, returns whether that was over, and no
  // signal had come.
  void Wait(Mutex* mutex) { WaitUntil(mutex, kNever); }
  bool WaitWithTimeout(Mutex* mutex, absl::Duration limit) {
    return !WaitUntil(mutex, DeadlineIn(limit));
  }
  bool WaitWithDeadline(Mutex* mutex, absl::Time deadline) {
    // (No second wait, if the clock was set back: it would lose a signal that
    // comes between.)
    return !WaitUntil(mutex, DeadlineAt<AbseilClock>(deadline)) &&
           deadline <= absl::Now();
  }

  // Wakes one of those that wait, if there are any.
  void Signal() {
    if (ABSL_PREDICT_FALSE(variable_.awaited())) SignalWaiters(/*all=*/false);
  }

  // Wakes all that wait.
  void SignalAll() {
    if (ABSL_PREDICT_FALSE(variable_.awaited())) SignalWaiters(/*all=*/true);
  }

  // Writes a line to standard error, from now on, for each wait and for each
  // signal that finds somebody waiting. The variable goes by `name` there; of
  // several names, by the first.
  void EnableDebugLog(const char* name) {
    lock_log::Enable(this, name, /*anew=*/!variable_.observed());
    variable_.SetObserved();
  }

 private:
  bool WaitUntil(Mutex* mutex, int64_t deadline) {
    Mutex::Annotated lock{*mutex};
    const bool observed = variable_.observed();
    Note("Wait", observed);
    const bool signalled =
        variable_.WaitUntil(lock, mutex->mutex_.hold(), deadline);
    Note("Unwait", observed);
    return signalled;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void SignalWaiters(bool all) {
    const bool observed = variable_.observed();
    all ? variable_.SignalAll() : variable_.Signal();
    Note(all ? "SignalAll wakeup" : "Signal wakeup", observed);
  }

  // After a signal the variable may be gone.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void Note(const char* event,
                                                        bool observed) {
    if (observed) lock_log::Note(this, event);
    hooks::OnCondVarEvent(event, this);
  }

  RawCondVar<LinuxPlatform> variable_;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_COND_VAR_H_
