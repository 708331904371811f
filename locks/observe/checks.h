// Whether locks look for misuse: in debug builds, Bazel's compilation modes
// `fastbuild` and `dbg`. It is the build that says so, and not NDEBUG in each
// file, as what is inline in our headers must be the same in all of them.
// Without Bazel it is NDEBUG, which all files then have to agree on.

#ifndef SLICELOCK_LOCKS_OBSERVE_CHECKS_H_
#define SLICELOCK_LOCKS_OBSERVE_CHECKS_H_

#ifndef SLICELOCK_CHECKS
#ifdef NDEBUG
#define SLICELOCK_CHECKS 0
#else
#define SLICELOCK_CHECKS 1
#endif
#endif

namespace slicelock {

inline constexpr bool kChecks = SLICELOCK_CHECKS;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_CHECKS_H_
