// What a lock costs that nobody else wants: acquired and released by one
// thread, beside the least that a lock can do. See README.md.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/locks_under_test.h"
#include "bench/measurement.h"
#include "bench/own_area.h"
#include "bench/pairs.h"
#include "bench/pairs_counted.h"
#include "bench/program.h"
#include "bench/statistics.h"
#include "bench/time_stamp.h"
#include "rseq_abi/thread.h"

ABSL_FLAG(bool, instructions, true,
          "count instructions as well, under callgrind, if valgrind is there");

namespace slicelock::bench {
namespace {

// Some tens of microseconds: seldom interrupted.
constexpr int kBatch = 1000;

// Nanoseconds for each pair.
template <typename Lock>
double TimeBatch(Lock& lock) {
  const Ticks start = Now();
  RunPairs(lock, kBatch);
  return static_cast<double>(Now() - start) * NanosecondsPerTick() / kBatch;
}

// The lock and both yardsticks take turns, batch by batch: a processor that is
// slower for a moment is so for all three.
template <typename Lock>
Measurement MeasurePairs(const LockUnderTest<Lock>& subject,
                         absl::Duration duration) {
  std::optional<RequestsInOwnArea> own_area;
  if (subject.requests == Requests::kOn) own_area.emplace();
  SetThreadRequests(subject.requests == Requests::kOn);
  alignas(128) Lock lock;
  alignas(128) BarePair bare;
  alignas(128) std::mutex mutex;
  std::vector<double> of_lock, of_bare, of_mutex;
  const absl::Time start = absl::Now();
  absl::Duration elapsed;
  do {
    of_lock.push_back(TimeBatch(lock));
    of_bare.push_back(TimeBatch(bare));
    of_mutex.push_back(TimeBatch(mutex));
    elapsed = absl::Now() - start;
  } while (elapsed < duration);

  Measurement measurement;
  measurement.operations = of_lock.size() * kBatch;
  const double ns = Median(of_lock);
  measurement.elapsed =
      absl::Nanoseconds(ns) * static_cast<double>(measurement.operations);
  measurement.cpu_time = measurement.elapsed;
  measurement.figures = {{"ns", ns},
                         {"to_exchange_store", ns / Median(of_bare)},
                         {"to_std_mutex", ns / Median(of_mutex)}};
  return measurement;
}

std::map<std::string, double> Instructions() {
  static const std::map<std::string, double> counts =
      absl::GetFlag(FLAGS_instructions) ? CountInstructions()
                                        : std::map<std::string, double>();
  return counts;
}

template <typename Lock>
Measurement Measure(const LockUnderTest<Lock>& subject,
                    absl::Duration duration) {
  const auto counts = Instructions();
  Measurement measurement;
  // A thread of its own: each row begins alike, and the C library does not take
  // the process for one without threads, which need no atomic operations.
  std::thread([&] { measurement = MeasurePairs(subject, duration); }).join();
  const auto count = counts.find(subject.name);
  if (count != counts.end()) {
    measurement.figures["instructions"] = count->second;
  }
  return measurement;
}

absl::StatusOr<Plan> MakePlan() {
  Table table;
  table.setting = "1 thread";
  table.arguments = {{"threads", 1}};
  ForEachPair([&table](const auto& subject) {
    table.rows.push_back({subject.name, [subject](absl::Duration duration) {
                            return Measure(subject, duration);
                          }});
  });
  return Plan{{{"ns", "ns"},
               {"/bare", "to_exchange_store"},
               {"/std", "to_std_mutex"},
               {"instr.", "instructions"}},
              {table}};
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) {
  slicelock::bench::Program program;
  program.purpose =
      "measures what an acquire and a release cost where nobody competes, here "
      "or, with --guest, in a guest.";
  program.needs_extensions = false;
  program.seconds = 0.1;
  program.repetitions = 9;
  program.plan = slicelock::bench::MakePlan;
  return RunProgram(program, argc, argv);
}
