// What the kernel itself counted.

#ifndef SLICELOCK_TESTS_RSEQ_STATS_H_
#define SLICELOCK_TESTS_RSEQ_STATS_H_

#include <cstdint>
#include <optional>

#include "tests/kernel/slice_statistics.h"

namespace slicelock::testing {

// The extensions granted to all threads since boot. Nullopt where the kernel
// does not tell: only root of a kernel with CONFIG_RSEQ_STATS is told.
inline std::optional<uint64_t> GrantsSinceBoot() {
  const auto statistics = kernel::ReadSliceStatistics();
  if (!statistics.has_value()) return std::nullopt;
  return statistics->grants;
}

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_RSEQ_STATS_H_
