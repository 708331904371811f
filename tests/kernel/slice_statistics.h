// What the kernel counts about time slice extensions: of all threads of the
// machine, since it booted.

#ifndef TESTS_KERNEL_SLICE_STATISTICS_H_
#define TESTS_KERNEL_SLICE_STATISTICS_H_

#include <cstdint>
#include <optional>
#include <string>

namespace slicelock::kernel {

struct SliceStatistics {
  uint64_t grants = 0;
  // Grants whose time ran out,
  uint64_t expirations = 0;
  // ...that the thread lost by being switched away from, most of which had run
  // out,
  uint64_t revocations = 0;
  // ...that it ended by rseq_slice_yield(2),
  uint64_t yields = 0;
  // ...and that it ended by another system call.
  uint64_t aborts = 0;
};

SliceStatistics operator-(const SliceStatistics& after,
                          const SliceStatistics& before);

// nullopt if a number is missing.
std::optional<SliceStatistics> ParseSliceStatistics(const std::string& text);

// nullopt if this kernel does not count (CONFIG_RSEQ_STATS), or debugfs cannot
// be read, as by users other than root.
std::optional<SliceStatistics> ReadSliceStatistics();

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_SLICE_STATISTICS_H_
