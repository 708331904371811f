// How long threads waited, and the percentiles of it.
//
// Exact samples, in memory set aside before the start, with std::nth_element
// over them at the end: recording is a store, percentiles are exact, and there
// is little code. No Debian package and registry module in common has an HDR
// histogram; Boost.Histogram's logarithmic axis takes a logarithm for every
// sample, which under emulation costs as much as a critical section.

#ifndef SLICELOCK_BENCH_WAITS_H_
#define SLICELOCK_BENCH_WAITS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/time_stamp.h"

namespace slicelock::bench {

// The waits of one thread. Bounded: whenever the memory is full, every other
// sample goes, and from then on only half as many are kept. The longest is
// always known.
class Waits {
 public:
  Waits() : Waits(2) {}
  // `capacity`, in samples, is even and above 0.
  explicit Waits(size_t capacity);

  void Record(Ticks wait) {
    longest_ = std::max(longest_, wait);
    if (--until_next_ != 0) return;
    until_next_ = stride_;
    // Counters of two CPUs can be a few ticks apart.
    samples_[size_++] = std::max<Ticks>(wait, 0);
    if (size_ == samples_.size()) Thin();
  }

  // Every stride()-th wait.
  const Ticks* begin() const { return samples_.data(); }
  const Ticks* end() const { return samples_.data() + size_; }
  size_t size() const { return size_; }
  uint64_t stride() const { return stride_; }
  Ticks longest() const { return longest_; }

  // Drops every other sample.
  void Thin();

 private:
  std::vector<Ticks> samples_;
  size_t size_ = 0;
  uint64_t stride_ = 1;
  uint64_t until_next_ = 1;
  Ticks longest_ = 0;
};

struct WaitSummary {
  Ticks p50 = 0;
  Ticks p99 = 0;
  Ticks p999 = 0;
  Ticks longest = 0;
};

// Of the waits of all threads together. Thins them to a common stride, so that
// each wait counts alike.
WaitSummary Summarize(std::vector<Waits>& threads);

// The smallest of `samples` that `fraction` of them do not exceed. Reorders
// them; there is at least one.
Ticks Percentile(std::vector<Ticks>& samples, double fraction);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_WAITS_H_
