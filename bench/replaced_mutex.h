#ifndef SLICELOCK_BENCH_REPLACED_MUTEX_H_
#define SLICELOCK_BENCH_REPLACED_MUTEX_H_

namespace slicelock::bench {

// The environment variable that says by which lock the mutexes of the standard
// library are replaced: std::mutex (not at all), Mutex, absl::Mutex, nsync_mu.
inline constexpr char kReplacedBy[] = "SLICELOCK_REPLACED_BY";

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_REPLACED_MUTEX_H_
