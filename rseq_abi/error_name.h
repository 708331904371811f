// The kernel's errors by name.

#ifndef SLICELOCK_RSEQ_ABI_ERROR_NAME_H_
#define SLICELOCK_RSEQ_ABI_ERROR_NAME_H_

namespace slicelock::rseq_abi {

// Such as "EINVAL" for EINVAL. For those that rseq(2) and its prctl(2) fail
// with, or that filters commonly say; nullptr for others. (C libraries have no
// name for ENOTSUPP, and not all have a function that names the others.)
const char* ErrorName(long error);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_ERROR_NAME_H_
