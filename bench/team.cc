#include "bench/team.h"

#include <pthread.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/work.h"

namespace slicelock::bench {
namespace {

// The unluckiest waiter of a spin lock on an overloaded machine gets its turn
// within a few seconds.
constexpr absl::Duration kPatience = absl::Seconds(60);

absl::Duration SteadyTime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

absl::Duration CpuTime(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return absl::DurationFromTimespec(time);
}

absl::Duration CpuTimeBut(std::vector<std::thread>& others) {
  // The parts before the whole, which is never less then.
  absl::Duration of_others;
  for (std::thread& other : others) {
    clockid_t clock;
    pthread_getcpuclockid(other.native_handle(), &clock);
    of_others += CpuTime(clock);
  }
  return CpuTime(CLOCK_PROCESS_CPUTIME_ID) - of_others;
}

}  // namespace

Team::Team(std::string name, int threads, int others)
    : name_(std::move(name)),
      threads_(threads),
      others_(others),
      ready_(threads + others),
      working_(threads) {}

void Team::WaitForStart() {
  ready_.DecrementCount();
  start_.WaitForNotification();
}

void Team::KeepBusy() {
  volatile uint64_t counter = 0;
  WaitForStart();
  while (!stopped()) Increment(counter, 100);
}

void Team::AwaitEnd() {
  if (ended_.WaitForNotificationWithTimeout(kPatience)) return;
  // Threads that are stuck cannot be ended, and the program not without them.
  std::fprintf(stderr,
               "%s: threads still wait %s after the stop: a wake-up was lost, "
               "or the lock was never released\n",
               name_.c_str(), absl::FormatDuration(kPatience).c_str());
  std::_Exit(EXIT_FAILURE);
}

Team::Period Team::Run(absl::Duration duration,
                       const std::function<void(int)>& member) {
  std::vector<std::thread> threads;
  threads.reserve(threads_);
  for (int i = 0; i < threads_; ++i) {
    threads.emplace_back([this, &member, i] {
      member(i);
      if (working_.fetch_sub(1) == 1) ended_.Notify();
    });
  }
  std::vector<std::thread> others;
  others.reserve(others_);
  for (int i = 0; i < others_; ++i) {
    others.emplace_back([this] { KeepBusy(); });
  }
  ready_.Wait();

  const absl::Duration start = SteadyTime();
  const absl::Duration cpu_time_at_start = CpuTimeBut(others);
  start_.Notify();
  absl::SleepFor(duration);
  const Period period = {SteadyTime() - start,
                         CpuTimeBut(others) - cpu_time_at_start};
  stopped_.store(true, std::memory_order_relaxed);

  AwaitEnd();
  for (std::thread& thread : threads) thread.join();
  for (std::thread& other : others) other.join();
  return period;
}

}  // namespace slicelock::bench
