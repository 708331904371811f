// One row of the contention benchmark: threads that compete for one lock.

#ifndef SLICELOCK_BENCH_CONTENTION_ROW_H_
#define SLICELOCK_BENCH_CONTENTION_ROW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bench/cache_line.h"
#include "bench/locks_under_test.h"
#include "bench/measurement.h"
#include "bench/table_reporter.h"
#include "bench/team.h"
#include "bench/time_stamp.h"
#include "bench/waits.h"
#include "bench/work.h"
#include "rseq_abi/thread.h"
#include "tests/kernel/slice_statistics.h"

namespace slicelock::bench {

struct ContentionSetting {
  int threads;
  // Of the shared counter, by who holds the lock...
  uint64_t increments_in_section;
  // ...and of its own, by a thread between a release and its next attempt.
  uint64_t increments_between;
  absl::Duration duration;
  // Threads beside those, which do not want the lock.
  int bystanders = 0;
};

// What one thread did.
struct Contender {
  uint64_t acquisitions = 0;
  // Of those, the ones that excluded everybody: in each it incremented the
  // shared counter.
  uint64_t exclusive = 0;
  // Whether the counter changed while it shared the lock.
  bool disturbed = false;
  Waits waits;
  SliceCounters slices;
};

struct ContentionRow {
  // One sentence, if the figures mean nothing.
  std::string failure;
  Team::Period period;
  uint64_t acquisitions = 0;
  WaitSummary waits;
  double fairness = 0;
  // Just before the row; zero if it cannot be told.
  absl::Duration cache_line_round_trip = absl::ZeroDuration();
  SliceCounters slices;
  // During the row; nullopt where they cannot be read.
  std::optional<kernel::SliceStatistics> kernel;
};

// Puts together what the threads did; `increments_seen` of the shared counter
// tell whether they excluded each other.
ContentionRow Summarize(std::vector<Contender>& contenders,
                        uint64_t increments_in_section,
                        uint64_t increments_seen);

// The row as tables and JSON have it.
Measurement Figures(const ContentionRow& row, Requests requests);
std::vector<Column> ContentionColumns();

// For waits, in all threads together.
inline constexpr size_t kSamplesPerRow = size_t{4} << 20;

// Each on cache lines of its own (two, as processors fetch them in pairs), so
// that no lock gains from its size.
template <typename Lock>
struct SharedState {
  alignas(128) Lock lock;
  alignas(128) volatile uint64_t counter = 0;
};

template <typename Lock>
Contender Compete(const ContentionSetting& setting, Requests requests,
                  SharedState<Lock>& shared, Team& team) {
  Contender self;
  self.waits = Waits(kSamplesPerRow / setting.threads / 2 * 2);
  volatile uint64_t own_counter = 0;
  // Prepares the thread as well: its first lock is no slower than the others.
  SetThreadRequests(requests != Requests::kOff);

  team.WaitForStart();
  while (!team.stopped()) {
    const Ticks asked = Now();
    Acquire(shared.lock);
    const Ticks acquired = Now();
    Increment(shared.counter, setting.increments_in_section);
    Release(shared.lock);
    self.waits.Record(acquired - asked);
    ++self.acquisitions;
    Increment(own_counter, setting.increments_between);
  }

  self.exclusive = self.acquisitions;
  self.slices = GetThreadSliceCounters();
  return self;
}

// Has threads `compete`, a function as Compete().
template <typename Lock, typename CompeteFunction>
ContentionRow MeasureThreads(const LockUnderTest<Lock>& lock,
                             const ContentionSetting& setting,
                             CompeteFunction&& compete) {
  SharedState<Lock> shared;
  std::vector<Contender> contenders(setting.threads);
  const absl::Duration cache_line_round_trip = CacheLineRoundTrip();
  Team team(lock.name, setting.threads, setting.bystanders);
  const auto before = kernel::ReadSliceStatistics();
  const Team::Period period = team.Run(setting.duration, [&](int i) {
    contenders[i] = compete(setting, lock.requests, shared, team);
  });
  const auto after = kernel::ReadSliceStatistics();

  ContentionRow row =
      Summarize(contenders, setting.increments_in_section, shared.counter);
  row.period = period;
  row.cache_line_round_trip = cache_line_round_trip;
  if (before && after) row.kernel = *after - *before;
  return row;
}

template <typename Lock>
ContentionRow MeasureContention(const LockUnderTest<Lock>& lock,
                                const ContentionSetting& setting) {
  return MeasureThreads(lock, setting, Compete<Lock>);
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_CONTENTION_ROW_H_
