#include "bench/cache_line.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "bench/time_stamp.h"

namespace slicelock::bench {
namespace {

constexpr int kMeans = 5;
constexpr int kRoundTrips = 2000;

std::vector<int> TwoCpus() {
  std::vector<int> cpus;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE && cpus.size() < 2; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

void StayOn(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

}  // namespace

absl::Duration CacheLineRoundTrip() {
  const std::vector<int> cpus = TwoCpus();
  if (cpus.size() < 2) return absl::ZeroDuration();
  constexpr int kThere = 1, kBack = 0;
  alignas(128) std::atomic<int> ball{kBack};
  std::thread partner([&] {
    StayOn(cpus[1]);
    for (int i = 0; i < kMeans * kRoundTrips; ++i) {
      while (ball.load(std::memory_order_acquire) != kThere) continue;
      ball.store(kBack, std::memory_order_release);
    }
  });
  Ticks least = std::numeric_limits<Ticks>::max();
  std::thread self([&] {
    StayOn(cpus[0]);
    for (int mean = 0; mean < kMeans; ++mean) {
      const Ticks start = Now();
      for (int i = 0; i < kRoundTrips; ++i) {
        ball.store(kThere, std::memory_order_release);
        while (ball.load(std::memory_order_acquire) != kBack) continue;
      }
      least = std::min(least, Now() - start);
    }
  });
  self.join();
  partner.join();
  return absl::Nanoseconds(static_cast<double>(least) * NanosecondsPerTick() /
                           kRoundTrips);
}

}  // namespace slicelock::bench
