#ifndef SLICELOCK_RSEQ_ABI_POLICY_IN_FORCE_H_
#define SLICELOCK_RSEQ_ABI_POLICY_IN_FORCE_H_

#include <optional>

#include "rseq_abi/policy.h"

namespace slicelock::rseq_abi {

// What SetPolicy() or the environment chose; nullopt if the environment says
// something that is no policy.
std::optional<Policy> PolicyInForce();

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_POLICY_IN_FORCE_H_
