// Static probes for tracers such as perf, bpftrace, gdb and SystemTap, named
// like the C library's:
//
//   bpftrace -e 'usdt:./server:slicelock:mutex_acquired { @[arg0] = count() }'
//
//   slicelock:mutex_entry     lock   a thread is about to acquire it
//   slicelock:mutex_acquired  lock   it has
//   slicelock:mutex_release   lock   it is about to release it
//   slicelock:slice_granted          the thread has found its request granted
//   slicelock:slice_yield            it yields, to end the grant
//   slicelock:slice_revoked          it has found its request gone: preempted
//
// Where the thread makes a system call anyway, that ends the grant: then there
// is no slice_yield.
//
// A probe is one instruction that does nothing, until a tracer replaces it.
// They are there in debug builds, and in all that say
// `--define=slicelock_probes=1` to Bazel, where the compiler finds <sys/sdt.h>,
// of SystemTap. (Not in all optimized builds, since gold, the linker, refuses
// to leave out a function with a probe that nothing calls; others do not.)

#ifndef SLICELOCK_LOCKS_OBSERVE_PROBES_H_
#define SLICELOCK_LOCKS_OBSERVE_PROBES_H_

#if SLICELOCK_PROBES && __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#endif

#include "absl/base/attributes.h"

namespace slicelock::probes {

#ifdef STAP_PROBE

// To the compiler, an asm statement is as long as its text, and what has a
// probe too long to be inlined; but not if the statement is `asm inline`.
#pragma push_macro("__asm__")
#define __asm__ __asm__ inline
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

ABSL_ATTRIBUTE_ALWAYS_INLINE inline void MutexEntry(const void* lock) {
  STAP_PROBE1(slicelock, mutex_entry, lock);
}
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void MutexAcquired(const void* lock) {
  STAP_PROBE1(slicelock, mutex_acquired, lock);
}
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void MutexRelease(const void* lock) {
  STAP_PROBE1(slicelock, mutex_release, lock);
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif
#pragma pop_macro("__asm__")

#else

inline void MutexEntry(const void*) {}
inline void MutexAcquired(const void*) {}
inline void MutexRelease(const void*) {}

#endif

// Rare enough for a call.
void SliceGranted();
void SliceYield();
void SliceRevoked();

}  // namespace slicelock::probes

#endif  // SLICELOCK_LOCKS_OBSERVE_PROBES_H_
