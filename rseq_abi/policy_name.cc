#include "rseq_abi/policy_name.h"

#include <optional>
#include <string_view>

namespace slicelock::rseq_abi {

std::optional<Policy> PolicyNamed(std::string_view name) {
  if (name == "auto") return Policy::kAuto;
  if (name == "off") return Policy::kOff;
  if (name == "takeover") return Policy::kTakeover;
  return std::nullopt;
}

}  // namespace slicelock::rseq_abi
