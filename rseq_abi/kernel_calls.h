// The kernel's calls for rseq areas and time slice extensions, by number and
// argument, since C libraries do not wrap them. Each returns -errno on failure
// and leaves errno alone.

#ifndef SLICELOCK_RSEQ_ABI_KERNEL_CALLS_H_
#define SLICELOCK_RSEQ_ABI_KERNEL_CALLS_H_

#include <cstdint>

#include "rseq_abi/rseq_area.h"

namespace slicelock::rseq_abi {

// ENOTSUPP: the kernel's own number, which <cerrno> does not have.
constexpr long kNotSupported = 524;

// Whether this thread may be granted extensions: 1 or 0.
// -EINVAL: the kernel is older than the extension. -kNotSupported: it was built
// without it.
long SliceExtensionEnabled();

// Lets the kernel grant extensions to this thread. -kNotSupported: turned off
// at boot, or the registration is legacy.
long EnableSliceExtension();

// Ends a grant: gives up the CPU. The result says nothing that a lock can use.
long SliceYield();

// Registers, or unregisters, the area of this thread, `length` bytes long.
long RegisterArea(RseqArea* area, uint32_t length);
long UnregisterArea(RseqArea* area, uint32_t length);

// What the kernel says, in the auxiliary vector, of the areas it knows: the
// length of all features and the alignment it wants. 0 before Linux 6.3.
unsigned long AreaFeatureSize();
unsigned long AreaAlignment();

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_KERNEL_CALLS_H_
