#ifndef SLICELOCK_BENCH_FAIRNESS_H_
#define SLICELOCK_BENCH_FAIRNESS_H_

#include <cstdint>
#include <vector>

namespace slicelock::bench {

// Jain's index of how evenly something was shared out: 1 if everybody got the
// same, 1/n if one of n got it all.
inline double JainIndex(const std::vector<uint64_t>& shares) {
  double sum = 0;
  double sum_of_squares = 0;
  for (const uint64_t share : shares) {
    const double value = static_cast<double>(share);
    sum += value;
    sum_of_squares += value * value;
  }
  if (sum == 0) return 1;
  return sum * sum / (static_cast<double>(shares.size()) * sum_of_squares);
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_FAIRNESS_H_
