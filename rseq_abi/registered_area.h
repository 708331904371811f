// The rseq area that the kernel keeps up to date for the calling thread.

#ifndef SLICELOCK_RSEQ_ABI_REGISTERED_AREA_H_
#define SLICELOCK_RSEQ_ABI_REGISTERED_AREA_H_

#include <cstdint>
#include <optional>

#include "rseq_abi/rseq_area.h"

namespace slicelock::rseq_abi {

enum class AreaOwner {
  // There is no area, or one of a library that does not say where it is.
  kUnknown,
  kCLibrary,
  kSlicelock,
};

struct RegisteredArea {
  AreaOwner owner = AreaOwner::kUnknown;
  // Null if the owner is unknown.
  const RseqArea* area = nullptr;
  // As told to the kernel.
  uint32_t length = 0;
};

// Looks, and changes nothing: a thread that has not locked yet may get an area,
// or another one, with its first lock. Safe in signal handlers.
RegisteredArea FindRegisteredArea();

// What the kernel answered when the library asked it to turn the extension on
// for the calling thread, in the area that was registered then: 0 or -errno.
// Nullopt if there was no reason to ask.
std::optional<long> AnswerToEnabling();

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_REGISTERED_AREA_H_
