// Threads that start together, work for a while and stop together, and
// bystanders that keep the CPUs busy meanwhile.

#ifndef SLICELOCK_BENCH_TEAM_H_
#define SLICELOCK_BENCH_TEAM_H_

#include <atomic>
#include <functional>
#include <string>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace slicelock::bench {

class Team {
 public:
  // Between the start and the call to stop.
  struct Period {
    absl::Duration elapsed;
    // Of the process but for the bystanders. Whoever still waits after the stop
    // does not burn CPU time that the work is charged for.
    absl::Duration cpu_time;
    absl::Duration cpu_time_of_bystanders;
  };

  // `name` is for the message if the threads do not come to an end. The
  // bystanders use the CPU from the start to the stop, and ask for no time
  // slice extension.
  Team(std::string name, int threads, int bystanders = 0);

  // Runs `member`, with numbers from 0, in each of the threads. A member gets
  // ready, calls WaitForStart() once, and works until stopped().
  Period Run(absl::Duration duration, const std::function<void(int)>& member);

  void WaitForStart();
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
  void KeepBusy();
  void AwaitEnd();

  const std::string name_;
  const int threads_;
  const int bystanders_;
  absl::BlockingCounter ready_;
  absl::Notification start_;
  // Read all the time: away from what others write.
  alignas(128) std::atomic<bool> stopped_{false};
  alignas(128) std::atomic<int> working_;
  absl::Notification ended_;
};

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_TEAM_H_
