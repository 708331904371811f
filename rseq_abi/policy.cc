#include "rseq_abi/policy.h"

#include <stdlib.h>

#include <atomic>
#include <optional>
#include <string_view>

#include "rseq_abi/policy_in_force.h"

namespace slicelock {
namespace {

// What is in force, as the number of a Policy, or one of these.
constexpr int kUndecided = -1;
constexpr int kMisspelt = -2;
std::atomic<int> in_force{kUndecided};

int FromEnvironment() {
  const char* value = secure_getenv("SLICELOCK_RSEQ");
  if (value == nullptr || std::string_view(value) == "auto") {
    return static_cast<int>(Policy::kAuto);
  }
  if (std::string_view(value) == "off") return static_cast<int>(Policy::kOff);
  if (std::string_view(value) == "takeover") {
    return static_cast<int>(Policy::kTakeover);
  }
  return kMisspelt;
}

}  // namespace

void SetPolicy(Policy policy) {
  in_force.store(static_cast<int>(policy), std::memory_order_relaxed);
}

namespace rseq_abi {

std::optional<Policy> PolicyInForce() {
  int policy = in_force.load(std::memory_order_relaxed);
  if (policy == kUndecided) {
    // Whoever comes first decides for all; SetPolicy() wins over both.
    const int chosen = FromEnvironment();
    if (in_force.compare_exchange_strong(policy, chosen,
                                         std::memory_order_relaxed)) {
      policy = chosen;
    }
  }
  if (policy == kMisspelt) return std::nullopt;
  return static_cast<Policy>(policy);
}

}  // namespace rseq_abi
}  // namespace slicelock
