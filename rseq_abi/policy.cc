#include "rseq_abi/policy.h"

#include <stdlib.h>

#include <atomic>
#include <optional>

#include "rseq_abi/policy_in_force.h"
#include "rseq_abi/policy_name.h"

namespace slicelock {
namespace {

// What is in force, as the number of a Policy, or one of these.
constexpr int kUndecided = -1;
constexpr int kMisspelt = -2;
std::atomic<int> in_force{kUndecided};

int FromEnvironment() {
  const char* const name = secure_getenv("SLICELOCK_RSEQ");
  if (name == nullptr) return static_cast<int>(Policy::kAuto);
  const std::optional<Policy> policy = rseq_abi::PolicyNamed(name);
  return policy.has_value() ? static_cast<int>(*policy) : kMisspelt;
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
