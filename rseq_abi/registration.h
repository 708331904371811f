// Getting a thread an rseq area that carries the extension, in one of three
// ways: the C library's, in place; an own one, where nobody registered; an own
// one in place of the C library's, if the policy allows it.

#ifndef SLICELOCK_RSEQ_ABI_REGISTRATION_H_
#define SLICELOCK_RSEQ_ABI_REGISTRATION_H_

#include <optional>

#include "rseq_abi/policy.h"
#include "rseq_abi/rseq_area.h"
#include "rseq_abi/status.h"

namespace slicelock::rseq_abi {

struct Registration {
  StatusCode code;
  // Whose slice_ctrl the kernel heeds. Null when off.
  RseqArea* area = nullptr;
  // What EnableSliceExtension() returned, if there was reason to call it.
  std::optional<long> enabling = std::nullopt;
};

// Has the calling thread's own area given to Unregister() before its memory
// goes. False if that cannot be had.
using ExitHook = bool (*)();

// Registers where need be, and enables the extension, for the calling thread.
// If the result is in `own`, `hook` has been called; else `own` is not
// registered. Idempotent.
Registration Register(std::optional<Policy> policy, OwnRseqArea* own,
                      ExitHook hook);

void Unregister(OwnRseqArea* own);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_REGISTRATION_H_
