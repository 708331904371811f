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

absl::Duration CpuTimeOf(std::vector<std::thread>& threads) {
  absl::Duration sum;
  for (std::thread& thread : threads) {
    clockid_t clock;
    pthread_getcpuclockid(thread.native_handle(), &clock);
    sum += CpuTime(clock);
  }
  return sum;
}

}  // namespace

Team::Team(std::string name, int threads, int bystanders)
    : name_(std::move(name)),
      threads_(threads),
      bystanders_(bystanders),
      ready_(threads + bystanders),
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
  std::vector<std::thread> bystanders;
  bystanders.reserve(bystanders_);
  for (int i = 0; i < bystanders_; ++i) {
    bystanders.emplace_back([this] { KeepBusy(); });
  }
  ready_.Wait();

  const absl::Duration start = SteadyTime();
  const absl::Duration at_start = CpuTime(CLOCK_PROCESS_CPUTIME_ID);
  start_.Notify();
  absl::SleepFor(duration);
  Period period;
  period.elapsed = SteadyTime() - start;
  // (They have used none before the start.) A part comes before the whole,
  // which is never less then.
  period.cpu_time_of_bystanders = CpuTimeOf(bystanders);
  period.cpu_time = CpuTime(CLOCK_PROCESS_CPUTIME_ID) - at_start -
                    period.cpu_time_of_bystanders;
  stopped_.store(true, std::memory_order_relaxed);

  AwaitEnd();
  for (std::thread& thread : threads) thread.join();
  for (std::thread& bystander : bystanders) bystander.join();
  return period;
}

}  // namespace slicelock::bench
