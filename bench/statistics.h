#ifndef SLICELOCK_BENCH_STATISTICS_H_
#define SLICELOCK_BENCH_STATISTICS_H_

#include <algorithm>
#include <cstddef>
#include <vector>

namespace slicelock::bench {

// Of at least one value.
inline double Median(const std::vector<double>& unsorted) {
  std::vector<double> values = unsorted;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  if (values.size() % 2 == 1) return values[half];
  return (values[half - 1] + values[half]) / 2;
}

// How far apart the smallest and the largest are, as a fraction of the median.
inline double Spread(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least == *most) return 0;
  return (*most - *least) / Median(values);
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_STATISTICS_H_
