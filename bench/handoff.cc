// How long it takes from a release until the thread that waits has the lock,
// and from a notification until the thread that waits for it goes on: two
// threads hand a lock, or a condition, back and forth. See README.md.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/conditions_under_test.h"
#include "bench/grid.h"
#include "bench/locks_under_test.h"
#include "bench/measurement.h"
#include "bench/program.h"
#include "bench/team.h"
#include "bench/time_stamp.h"
#include "bench/wait_figures.h"
#include "bench/waits.h"
#include "rseq_abi/thread.h"

ABSL_FLAG(std::vector<std::string>, holds,
          std::vector<std::string>({"10us", "1ms"}),
          "how long a thread keeps what the other waits for: waiters spin or "
          "sleep");

namespace slicelock::bench {
namespace {

constexpr int kThreads = 2;
constexpr size_t kSamples = size_t{1} << 20;

void Spend(absl::Duration time) {
  const Ticks end = Now() + static_cast<Ticks>(absl::ToDoubleNanoseconds(time) /
                                               NanosecondsPerTick());
  while (Now() < end) {
  }
}

// The lock itself is handed over. Who has released it lets the other have it
// before it asks again.
template <typename Lock>
class LockHandOff {
 public:
  LockHandOff(absl::Duration hold, Team& team) : hold_(hold), team_(team) {}

  void Run(int self, Waits& latencies) {
    const int other = 1 - self;
    if (self == 0) Acquire(lock_);
    team_.WaitForStart();
    if (self == 1) Take(self, latencies);
    for (;;) {
      while (!waiting_[other] && !left_[other]) std::this_thread::yield();
      const bool last = left_[other];
      if (!last) Spend(hold_);
      released_at_ = Now();
      Release(lock_);
      if (last) return;
      while (waiting_[other]) std::this_thread::yield();
      if (team_.stopped()) {
        left_[self] = true;
        return;
      }
      Take(self, latencies);
    }
  }

 private:
  void Take(int self, Waits& latencies) {
    waiting_[self] = true;
    Acquire(lock_);
    latencies.Record(Now() - released_at_);
    waiting_[self] = false;
  }

  const absl::Duration hold_;
  Team& team_;
  alignas(128) Lock lock_;
  alignas(128) Ticks released_at_ = 0;
  alignas(128) std::atomic<bool> waiting_[kThreads] = {};
  std::atomic<bool> left_[kThreads] = {};
};

// A turn is handed over, and the other is notified of it.
template <typename Condition>
class ConditionHandOff {
 public:
  ConditionHandOff(absl::Duration hold, Team& team)
      : hold_(hold), team_(team) {}

  void Run(int self, Waits& latencies) {
    team_.WaitForStart();
    for (bool last = false; !last;) {
      condition_.Lock();
      while (turn_.of != self) condition_.Wait();
      if (turn_.passed_at != 0) latencies.Record(Now() - turn_.passed_at);
      last = turn_.last;
      condition_.Unlock();
      if (last) return;

      Spend(hold_);
      last = team_.stopped();
      condition_.Lock();
      turn_ = {1 - self, last, Now()};
      condition_.Unlock();
      condition_.Notify();
    }
  }

 private:
  struct Turn {
    int of = 0;
    bool last = false;
    Ticks passed_at = 0;
  };

  const absl::Duration hold_;
  Team& team_;
  Condition condition_;
  Turn turn_;  // Guarded by the mutex of the condition.
};

template <typename HandOff>
Measurement MeasureHandOffs(const std::string& name, Requests requests,
                            absl::Duration hold, absl::Duration duration) {
  Team team(name, kThreads);
  HandOff hand_off(hold, team);
  std::vector<Waits> latencies(kThreads, Waits(kSamples));
  std::atomic<uint64_t> count{0};
  const Team::Period period = team.Run(duration, [&](int self) {
    SetThreadRequests(requests == Requests::kOn);
    hand_off.Run(self, latencies[self]);
    count += latencies[self].size() * latencies[self].stride();
  });

  Measurement measurement;
  measurement.elapsed = period.elapsed;
  measurement.cpu_time = period.cpu_time;
  measurement.operations = count;
  if (count == 0) measurement.failure = "nothing was handed over";
  auto& figures = measurement.figures;
  AddWaits(Summarize(latencies), "latency", figures);
  figures["handoffs_per_second"] =
      static_cast<double>(count) / absl::ToDoubleSeconds(period.elapsed);
  return measurement;
}

template <typename HandOff>
void AddRow(const std::string& name, Requests requests, absl::Duration hold,
            Table& table) {
  table.rows.push_back({name, [=](absl::Duration duration) {
                          return MeasureHandOffs<HandOff>(name, requests, hold,
                                                          duration);
                        }});
}

Table MakeTable(const std::string& what, absl::Duration hold) {
  Table table;
  table.setting = absl::StrCat(what, ", ", absl::FormatDuration(hold));
  table.arguments = {{"threads", kThreads},
                     {what + "/hold_ns", absl::ToInt64Nanoseconds(hold)}};
  return table;
}

absl::StatusOr<Plan> PlanFromFlags() {
  Plan plan;
  AddWaitColumns("latency", plan.columns);
  plan.columns.push_back({"handoffs/s", "handoffs_per_second"});
  for (const std::string& text : absl::GetFlag(FLAGS_holds)) {
    const auto hold = ParseTime("hold", text);
    if (!hold.ok()) return hold.status();
    Table locks = MakeTable("lock", *hold);
    ForEachLock([&](const auto& lock) {
      using Lock = typename std::decay_t<decltype(lock)>::Lock;
      AddRow<LockHandOff<Lock>>(lock.name, lock.requests, *hold, locks);
    });
    Table conditions = MakeTable("condition", *hold);
    ForEachCondition([&](const auto& condition) {
      using Condition = typename std::decay_t<decltype(condition)>::Condition;
      AddRow<ConditionHandOff<Condition>>(condition.name, condition.requests,
                                          *hold, conditions);
    });
    plan.tables.push_back(std::move(locks));
    plan.tables.push_back(std::move(conditions));
  }
  return plan;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) {
  slicelock::bench::Program program;
  program.purpose =
      "measures how soon a thread that waits has what another hands over, a "
      "lock or a condition, where the kernel grants time slice extensions: "
      "here or, if not, in a guest.";
  program.plan = slicelock::bench::PlanFromFlags;
  return RunProgram(program, argc, argv);
}
