#ifndef SLICELOCK_RSEQ_ABI_POLICY_NAME_H_
#define SLICELOCK_RSEQ_ABI_POLICY_NAME_H_

#include <optional>
#include <string_view>

#include "rseq_abi/policy.h"

namespace slicelock::rseq_abi {

// The policy that SLICELOCK_RSEQ calls so. Nullopt if there is none.
std::optional<Policy> PolicyNamed(std::string_view name);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_POLICY_NAME_H_
