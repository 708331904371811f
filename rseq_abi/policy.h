// How far the library may go to get time slice extensions.

#ifndef SLICELOCK_RSEQ_ABI_POLICY_H_
#define SLICELOCK_RSEQ_ABI_POLICY_H_

namespace slicelock {

enum class Policy {
  // Uses the area that the C library registered, if it can carry the
  // extension; registers an own area for threads that have none; leaves
  // everything else as it is. The default.
  kAuto,
  // Never asks the kernel for anything.
  kOff,
  // As kAuto, and replaces a legacy registration of glibc 2.35 to 2.40 by an
  // own one, thread by thread. Restartable sequences of other code in the
  // process (allocators with per-CPU caches, librseq) lose the area they run
  // on: only for programs that are known to have none.
  kTakeover,
};

// Chooses for all threads that have not locked yet: call it at the start of
// main(). Without it, the environment variable SLICELOCK_RSEQ decides at the
// first lock of the process: "auto", "off" or "takeover". With any other value
// the extension stays off and GetStatus() says so. (Privileged programs ignore
// the variable, see secure_getenv(3).)
void SetPolicy(Policy policy);

}  // namespace slicelock

#endif  // SLICELOCK_RSEQ_ABI_POLICY_H_
