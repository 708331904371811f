// What the C library registered for this thread.

#ifndef SLICELOCK_RSEQ_ABI_C_LIBRARY_H_
#define SLICELOCK_RSEQ_ABI_C_LIBRARY_H_

#include <cstdint>

#include "rseq_abi/rseq_area.h"

namespace slicelock::rseq_abi {

struct CLibraryArea {
  // Null if the C library registered nothing, or if what it registered is not
  // registered any more.
  RseqArea* area = nullptr;
  // As told to the kernel: kLegacyLength, or more for the extension.
  uint32_t length = 0;
};

CLibraryArea FindCLibraryArea();

// What the C library counts its area's offset from.
char* ThreadPointer();

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_C_LIBRARY_H_
