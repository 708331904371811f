// Functions of yours that locks call where threads have waited for each other:
// for profilers and tracers. Until one is registered, a lock that is contended
// looks for it and no more; a lock that is free never does.
//
//   void Profile(int64_t wait_cycles) {
//     samples.Add(CurrentStack(), wait_cycles);
//   }
//   slicelock::RegisterMutexProfiler(&Profile);
//
// There is one function of each kind: another takes its place, null ends it.
// One that has been called may still run when its successor is registered.
//
// They are called after the lock has been released. They may use locks, but are
// not called for those.
//
// A wait is charged to those who have made others wait: at each release, the
// profiler is told for how long all threads together have waited for the lock
// since the release before, in the holder's thread, so that its stack is that
// of the holder. (While one waiter takes over the watch from another, waits are
// charged to the release after. Of those that wait at once 64 are counted.)
//
// A wait in which a thread has only looked at the lock, and not slept, is
// charged to nobody, unless others sleep meanwhile; the first eight looks never
// are where cache lines go fast between CPUs. The time that those who share a
// mutex make others wait is charged to the next exclusive holder; how long that
// one itself waits for them to go, to nobody.
//
// Functions that are registered run in no section, whatever the thread holds.
//
// Cycles are ticks of the processor's time stamp counter on x86, of the virtual
// counter on arm64; elsewhere they are nanoseconds.

#ifndef SLICELOCK_LOCKS_OBSERVE_HOOKS_H_
#define SLICELOCK_LOCKS_OBSERVE_HOOKS_H_

#include <cstdint>

namespace slicelock {

// Of Mutex, as it is released.
void RegisterMutexProfiler(void (*profiler)(int64_t wait_cycles));

// The same, and which mutex, by its address: it may be gone. `event` is "slow
// release".
void RegisterMutexTracer(void (*tracer)(const char* event, const void* mutex,
                                        int64_t wait_cycles));

// `event` is "Wait", "Unwait", "Signal wakeup" or "SignalAll wakeup".
void RegisterCondVarTracer(void (*tracer)(const char* event,
                                          const void* condvar));

// Of SpinLock, as it is released.
void RegisterSpinLockProfiler(void (*profiler)(const void* lock,
                                               int64_t wait_cycles));

// The rest is for locks.
namespace hooks {

enum class Kind { kMutex, kSpinLock };

// Whether anybody wants to know of waits for locks.
bool WantWaits();

// These call what is registered.
void OnSlowRelease(Kind kind, const void* lock, int64_t wait_cycles);
void OnCondVarEvent(const char* event, const void* condvar);

}  // namespace hooks
}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_HOOKS_H_
