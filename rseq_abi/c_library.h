// What the C library registered for this thread.

#ifndef SLICELOCK_RSEQ_ABI_C_LIBRARY_H_
#define SLICELOCK_RSEQ_ABI_C_LIBRARY_H_

#include <cstddef>
#include <cstdint>
#include <optional>

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

// What glibc 2.35 and later say, in <sys/rseq.h>, of the areas they registered.
struct CLibraryRseq {
  // Of the area, from the thread pointer.
  std::ptrdiff_t offset = 0;
  // The bytes in use, or 0 if nothing was registered.
  uint32_t size = 0;
  // As given to rseq(2).
  uint32_t flags = 0;
};

// Nullopt if the C library says nothing.
std::optional<CLibraryRseq> ReadCLibraryRseq();

// Such as "2.36". Null if the C library is not glibc.
const char* GlibcVersion();

// What the C library counts its area's offset from.
char* ThreadPointer();

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_C_LIBRARY_H_
