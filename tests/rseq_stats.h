// What the kernel itself counted.

#ifndef SLICELOCK_TESTS_RSEQ_STATS_H_
#define SLICELOCK_TESTS_RSEQ_STATS_H_

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace slicelock::testing {

// The extensions granted to all threads since boot. Nullopt where the kernel
// does not tell: only root of a kernel with CONFIG_RSEQ_STATS is told.
inline std::optional<uint64_t> GrantsSinceBoot() {
  std::ifstream stats("/sys/kernel/debug/rseq/stats");
  std::string name;
  for (uint64_t count; stats >> name >> count;) {
    if (name == "sgrant:") return count;
  }
  return std::nullopt;
}

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_RSEQ_STATS_H_
