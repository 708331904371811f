// System calls that leave errno alone: a lock must not change it.

#ifndef SLICELOCK_RSEQ_ABI_SYSTEM_CALL_H_
#define SLICELOCK_RSEQ_ABI_SYSTEM_CALL_H_

#include <unistd.h>

#include <cerrno>

namespace slicelock::rseq_abi {

// The result of the system call, or -errno. Safe in signal handlers; no
// cancellation point.
template <typename... Args>
long SystemCall(long number, Args... args) {
  const int saved_errno = errno;
  long result = syscall(number, args...);
  if (result == -1) result = -errno;
  errno = saved_errno;
  return result;
}

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_SYSTEM_CALL_H_
