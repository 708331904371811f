// Threads that contend for one lock, for tests.

#ifndef SLICELOCK_TESTS_CONTENTION_H_
#define SLICELOCK_TESTS_CONTENTION_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "rseq_abi/thread.h"

namespace slicelock::testing {

struct Contention {
  int64_t acquisitions = 0;
  // What the lock protected: less than `acquisitions` if holders overlapped.
  int64_t counted = 0;
  // The sums of the threads' counters.
  uint64_t requests = 0;
  uint64_t grants = 0;
  uint64_t yields = 0;
  uint64_t revocations = 0;
};

// Has `threads` threads acquire `lock` for `time`, each time for a section of
// `increments` increments.
template <typename Lock>
Contention Contend(Lock& lock, int threads, std::chrono::milliseconds time,
                   int increments = 300) {
  Contention total;
  volatile int64_t counter = 0;  // Volatile: one increment after the other.
  std::atomic<bool> stop{false};
  std::atomic<int64_t> acquisitions{0};
  std::atomic<uint64_t> requests{0}, grants{0}, yields{0}, revocations{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      int64_t mine = 0;
      while (!stop.load(std::memory_order_relaxed)) {
        lock.lock();
        for (int n = 0; n < increments; ++n) counter = counter + 1;
        lock.unlock();
        ++mine;
      }
      acquisitions += mine;
      const SliceCounters counters = GetThreadSliceCounters();
      requests += counters.requests;
      grants += counters.grants;
      yields += counters.yields;
      revocations += counters.revocations;
    });
  }
  std::this_thread::sleep_for(time);
  stop = true;
  for (std::thread& worker : workers) worker.join();
  total.acquisitions = acquisitions;
  total.counted = counter / increments;
  total.requests = requests;
  total.grants = grants;
  total.yields = yields;
  total.revocations = revocations;
  return total;
}

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_CONTENTION_H_
