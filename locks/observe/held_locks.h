// Which locks the calling thread holds, and where it has acquired them. For
// debug builds.
//
// There is room for so many threads that hold locks at a time, and for so many
// locks of each. Nothing is known of those beyond. Never allocates; safe in
// signal handlers.

#ifndef SLICELOCK_LOCKS_OBSERVE_HELD_LOCKS_H_
#define SLICELOCK_LOCKS_OBSERVE_HELD_LOCKS_H_

#include "locks/observe/stack_trace.h"
#include "locks/observe/tsan.h"

namespace slicelock::held_locks {

struct HeldLock {
  const void* lock = nullptr;
  tsan::Mode mode = tsan::kExclusive;
  StackTrace stack;
};

// The locks, in no order; a signal handler that has interrupted Add() or
// Remove() may find null among them, or one twice.
struct HeldLocks {
  const HeldLock* begin() const { return first; }
  const HeldLock* end() const { return first + count; }

  const HeldLock* first;
  int count;
};

HeldLocks All();

// Null if the thread does not hold it, or if that is not known.
const HeldLock* Find(const void* lock);

// Whether the thread may hold locks that All() does not have.
bool SomeUnknown();

void Add(const void* lock, tsan::Mode mode);

void Remove(const void* lock, tsan::Mode mode);

}  // namespace slicelock::held_locks

#endif  // SLICELOCK_LOCKS_OBSERVE_HELD_LOCKS_H_
