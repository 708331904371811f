#include "rseq_abi/status.h"

namespace slicelock {

const char* Status::sentence() const {
  switch (code_) {
    case StatusCode::kOnCLibraryArea:
      return "Time slice extensions are on, through the rseq area of the C "
             "library.";
    case StatusCode::kOnOwnArea:
      return "Time slice extensions are on, through an rseq area of slicelock, "
             "as nobody else had registered one.";
    case StatusCode::kOnTakenOver:
      return "Time slice extensions are on, through an rseq area of slicelock "
             "that has replaced the C library's.";
    case StatusCode::kOffPolicy:
      return "Time slice extensions are off because SLICELOCK_RSEQ=off or "
             "SetPolicy(Policy::kOff) says so.";
    case StatusCode::kOffMisspeltPolicy:
      return "Time slice extensions are off because SLICELOCK_RSEQ has an "
             "unknown value; it can be auto, off or takeover.";
    case StatusCode::kOffKernelTooOld:
      return "Time slice extensions are off because this kernel does not know "
             "them; Linux 7.0 or later does.";
    case StatusCode::kOffKernelConfiguration:
      return "Time slice extensions are off because this kernel was built "
             "without CONFIG_RSEQ_SLICE_EXTENSION.";
    case StatusCode::kOffKernelBoot:
      return "Time slice extensions are off because the kernel was booted with "
             "rseq_slice_ext=0.";
    case StatusCode::kOffLegacyRegistration:
      return "Time slice extensions are off because this C library registers a "
             "legacy rseq area; use glibc 2.41 or later, or set "
             "GLIBC_TUNABLES=glibc.pthread.rseq=0, or, if no other code in the "
             "process uses rseq, SLICELOCK_RSEQ=takeover.";
    case StatusCode::kOffForeignRegistration:
      return "Time slice extensions are off because another library has "
             "registered an rseq area for this thread; keep it from using "
             "rseq, or use glibc 2.41 or later, which comes first.";
    case StatusCode::kOffBlocked:
      return "Time slice extensions are off because rseq(2) or "
             "prctl(PR_RSEQ_SLICE_EXTENSION) is refused, most likely by a "
             "seccomp filter; allow both.";
    case StatusCode::kOffKernelWantsMore:
      return "Time slice extensions are off because this kernel wants a larger "
             "rseq area than this version of slicelock has; use glibc 2.41 or "
             "later, which registers one.";
    case StatusCode::kOffNoExitHook:
      return "Time slice extensions are off because this process has no "
             "thread-specific data key left (PTHREAD_KEYS_MAX); lock once "
             "before the others are created, or use glibc 2.41 or later, which "
             "needs none.";
    case StatusCode::kOffUnprepared:
      return "Time slice extensions are off because this thread is still "
             "asking the kernel for them.";
    case StatusCode::kOffThreadExiting:
      return "Time slice extensions are off because this thread is exiting.";
  }
  return "Time slice extensions are in an unknown state.";
}

}  // namespace slicelock
