// Counting what happens to requests, for a thread and for its process.

#ifndef SLICELOCK_RSEQ_ABI_EVENT_COUNTER_H_
#define SLICELOCK_RSEQ_ABI_EVENT_COUNTER_H_

#include <atomic>
#include <cstdint>

namespace slicelock::rseq_abi {

// Shared by all threads, so on cache lines of their own, and written only where
// a system call is made anyway, a context switch has come, or there are many
// requests to add.
struct alignas(64) ProcessCounters {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> grants{0};
  std::atomic<uint64_t> yields{0};
  std::atomic<uint64_t> revocations{0};
  std::atomic<uint64_t> takeovers{0};
  std::atomic<uint64_t> failures{0};
};

extern ProcessCounters process_counters;

// What happened to one thread. Its increments go to the process, too: so there
// is nothing to collect from threads, that may be exiting.
template <std::atomic<uint64_t> ProcessCounters::*Total>
class EventCounter {
 public:
  EventCounter& operator++() { return *this += 1; }

  EventCounter& operator+=(uint64_t events) {
    count_ += events;
    (process_counters.*Total).fetch_add(events, std::memory_order_relaxed);
    return *this;
  }

  operator uint64_t() const { return count_; }

 private:
  uint64_t count_ = 0;
};

struct ThreadCounters {
  EventCounter<&ProcessCounters::requests> requests;
  EventCounter<&ProcessCounters::grants> grants;
  EventCounter<&ProcessCounters::yields> yields;
  EventCounter<&ProcessCounters::revocations> revocations;
};

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_EVENT_COUNTER_H_
