#include "bench/waits.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace slicelock::bench {

// Filled, so that the kernel has supplied the memory before the start.
Waits::Waits(size_t capacity) : samples_(capacity, -1) {}

void Waits::Thin() {
  // Sample i was wait number (i + 1) * stride: the odd ones are those that a
  // doubled stride would have kept.
  const size_t kept = size_ / 2;
  for (size_t i = 0; i < kept; ++i) samples_[i] = samples_[2 * i + 1];
  if (size_ % 2 == 0) until_next_ += stride_;
  size_ = kept;
  stride_ *= 2;
}

Ticks Percentile(std::vector<Ticks>& samples, double fraction) {
  const double rank = std::ceil(fraction * static_cast<double>(samples.size()));
  const auto at =
      samples.begin() + static_cast<ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

WaitSummary Summarize(std::vector<Waits>& threads) {
  uint64_t stride = 1;
  for (const Waits& waits : threads) stride = std::max(stride, waits.stride());
  std::vector<Ticks> samples;
  WaitSummary summary;
  for (Waits& waits : threads) {
    while (waits.stride() < stride) waits.Thin();
    samples.insert(samples.end(), waits.begin(), waits.end());
    summary.longest = std::max(summary.longest, waits.longest());
  }
  if (samples.empty()) return summary;
  summary.p50 = Percentile(samples, 0.5);
  summary.p99 = Percentile(samples, 0.99);
  summary.p999 = Percentile(samples, 0.999);
  return summary;
}

}  // namespace slicelock::bench
