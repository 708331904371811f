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

// More than all that takes, unless the CPUs have other work, or are one.
constexpr absl::Duration kPatience = absl::Milliseconds(50);
constexpr int kLooksBetweenClocks = 1000;

std::vector<int> TwoCpus() {
  std::vector<int> cpus;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE && cpus.size() < 2; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

bool StayOn(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  return pthread_setaffinity_np(pthread_self(), sizeof(one), &one) == 0;
}

// Two threads throw it to and fro, until it is lost.
class Ball {
 public:
  void ThrowTo(int side) { side_.store(side, std::memory_order_release); }
  void Lose() { lost_.store(true, std::memory_order_relaxed); }

  // Returns false if it is lost, or does not come.
  bool Catch(int side) {
    for (int looks = 1; side_.load(std::memory_order_acquire) != side;
         ++looks) {
      if (looks % kLooksBetweenClocks != 0) continue;
      if (Now() > end_) Lose();
      if (lost_.load(std::memory_order_relaxed)) return false;
    }
    return true;
  }

 private:
  const Ticks end_ =
      Now() + static_cast<Ticks>(absl::ToDoubleNanoseconds(kPatience) /
                                 NanosecondsPerTick());
  alignas(128) std::atomic<int> side_{0};
  alignas(128) std::atomic<bool> lost_{false};
};

}  // namespace

absl::Duration CacheLineRoundTrip() {
  const std::vector<int> cpus = TwoCpus();
  if (cpus.size() < 2) return absl::ZeroDuration();
  constexpr int kThere = 1, kBack = 0;
  Ball ball;
  std::thread partner([&ball, &cpus] {
    if (!StayOn(cpus[1])) return ball.Lose();
    for (int i = 0; i < kMeans * kRoundTrips; ++i) {
      if (!ball.Catch(kThere)) return;
      ball.ThrowTo(kBack);
    }
  });
  Ticks least = std::numeric_limits<Ticks>::max();
  bool lost = false;
  std::thread self([&] {
    lost = !StayOn(cpus[0]);
    if (lost) return ball.Lose();
    for (int mean = 0; mean < kMeans; ++mean) {
      const Ticks start = Now();
      for (int i = 0; i < kRoundTrips; ++i) {
        ball.ThrowTo(kThere);
        lost = !ball.Catch(kBack);
        if (lost) return;
      }
      least = std::min(least, Now() - start);
    }
  });
  self.join();
  partner.join();
  if (lost) return absl::ZeroDuration();
  return absl::Nanoseconds(static_cast<double>(least) * NanosecondsPerTick() /
                           kRoundTrips);
}

}  // namespace slicelock::bench
