// What happens to those locks of which somebody wants to know: a line on
// standard error for each event, and a check of what the lock guards. See
// Mutex::EnableDebugLog() and Mutex::EnableInvariantDebugging().

#ifndef SLICELOCK_LOCKS_OBSERVE_LOCK_LOG_H_
#define SLICELOCK_LOCKS_OBSERVE_LOCK_LOG_H_

namespace slicelock {

// Whether the invariants of mutexes are checked, those registered from now on.
// False by default.
void EnableMutexInvariantDebugging(bool enabled);

// The rest is for locks.
namespace lock_log {

// With `anew`, `lock` has no record yet; see MakeLockRecord().
void Enable(const void* lock, const char* name, bool anew);

// Returns whether invariants are to be checked.
bool SetInvariant(const void* lock, void (*invariant)(void*), void* argument,
                  bool anew);

// Writes the line. `event` is what the thread has done, or does; `lock`, of
// whatever kind, has a record or not.
void Note(const void* lock, const char* event);

// The same as a holder of the lock, whose invariant must hold.
void NoteAndCheck(const void* lock, const char* event);

}  // namespace lock_log
}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_LOCK_LOG_H_
