#ifndef SLICELOCK_LOCKS_OBSERVE_FATAL_H_
#define SLICELOCK_LOCKS_OBSERVE_FATAL_H_

namespace slicelock {

// Writes one line to standard error, naming the lock by its address, and by its
// name if it has one; in debug builds the stack, too; and aborts. For misuse
// that would otherwise corrupt what the lock protects.
[[noreturn]] void Fatal(const char* misuse, const void* lock);

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_FATAL_H_
