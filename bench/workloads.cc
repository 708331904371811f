// What locks do for programs that have a hot one. See README.md.

#include "bench/workloads.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/conditions_under_test.h"
#include "bench/grid.h"
#include "bench/locks_under_test.h"
#include "bench/measurement.h"
#include "bench/program.h"
#include "bench/replaced_mutex.h"
#include "bench/team.h"
#include "bench/wait_figures.h"
#include "bench/waits.h"
#include "nlohmann/json.hpp"
#include "rseq_abi/thread.h"
#include "tests/kernel/runfiles.h"
#include "tests/run_program.h"

ABSL_FLAG(std::vector<std::string>, threads,
          std::vector<std::string>({"2", "8", "16"}),
          "numbers of threads that make requests");
ABSL_FLAG(std::vector<std::string>, workloads,
          std::vector<std::string>({"cache", "memtable", "queue", "leveldb"}),
          "what to run");

namespace slicelock::bench {
namespace {

constexpr size_t kSamples = size_t{1} << 21;

template <typename Workload>
Measurement MeasureWorkload(const std::string& name, Requests requests,
                            int threads, absl::Duration duration) {
  Workload workload;
  Team team(name, threads);
  std::vector<Waits> latencies(threads, Waits(kSamples / threads / 2 * 2));
  std::atomic<uint64_t> served{0};
  const Team::Period period = team.Run(duration, [&](int self) {
    SetThreadRequests(requests != Requests::kOff);
    served += workload.Run(self, team, latencies[self]);
  });

  Measurement measurement;
  measurement.elapsed = period.elapsed;
  measurement.cpu_time = period.cpu_time;
  measurement.operations = served;
  if (!workload.consistent()) {
    measurement.failure = "mutual exclusion is broken: the data are damaged";
  } else if (served == 0) {
    measurement.failure = "no request was served";
  }
  auto& figures = measurement.figures;
  const double count = static_cast<double>(served);
  figures["requests_per_second"] =
      count / absl::ToDoubleSeconds(period.elapsed);
  AddWaits(Summarize(latencies), "latency", figures);
  figures["cpu_ns_per_request"] =
      absl::ToDoubleNanoseconds(period.cpu_time) / count;
  return measurement;
}

template <typename Workload>
void AddRow(const std::string& name, Requests requests, int threads,
            Table& table) {
  table.rows.push_back({name, [=](absl::Duration duration) {
                          return MeasureWorkload<Workload>(name, requests,
                                                           threads, duration);
                        }});
}

// In a process of its own, whose mutexes are replaced, with files in memory.
Measurement MeasureLevelDb(const std::string& replaced_by, Requests requests,
                           int threads, absl::Duration duration) {
  const std::string program = kernel::FindRunfile("bench/leveldb_reads");
  if (program.empty()) {
    Measurement measurement;
    measurement.failure =
        "the program that reads LevelDB is missing: start the benchmark with "
        "bazel run";
    return measurement;
  }
  const testing::Outcome outcome = testing::RunInShell(absl::StrCat(
      kReplacedBy, "=", replaced_by, " TMPDIR=/dev/shm '", program,
      "' --threads=", threads, " --seconds=", absl::ToDoubleSeconds(duration),
      requests == Requests::kOff ? " --noextensions" : "", " 2>&1"));
  const auto json = nlohmann::json::parse(outcome.output, nullptr, false);
  Measurement measurement;
  if (outcome.status != 0 || !json.is_object()) {
    measurement.failure =
        absl::StrCat("reading LevelDB failed: ", outcome.output);
    return measurement;
  }
  const double served = json.at("requests");
  const double cpu_seconds = json.at("cpu_seconds");
  const double seconds = json.at("seconds");
  measurement.elapsed = absl::Seconds(seconds);
  measurement.cpu_time = absl::Seconds(cpu_seconds);
  measurement.operations = static_cast<uint64_t>(served);
  measurement.figures = json.at("figures").get<std::map<std::string, double>>();
  measurement.figures["requests_per_second"] = served / seconds;
  measurement.figures["cpu_ns_per_request"] = 1e9 * cpu_seconds / served;
  return measurement;
}

void AddLevelDb(int threads, Table& table) {
  const struct {
    const char* name;
    const char* replaced_by;
    Requests requests;
  } rows[] = {
      {"Mutex/on", "Mutex", Requests::kOn},
      {"Mutex/off", "Mutex", Requests::kOff},
      {"std::mutex", "std::mutex", Requests::kNever},
      {"absl::Mutex", "absl::Mutex", Requests::kNever},
      {"nsync_mu", "nsync_mu", Requests::kNever},
  };
  for (const auto& row : rows) {
    table.rows.push_back({row.name, [=](absl::Duration duration) {
                            return MeasureLevelDb(row.replaced_by, row.requests,
                                                  threads, duration);
                          }});
  }
}

template <template <typename> typename Workload>
void AddLocks(int threads, Table& table) {
  ForEachLock([&](const auto& lock) {
    using Lock = typename std::decay_t<decltype(lock)>::Lock;
    AddRow<Workload<Lock>>(lock.name, lock.requests, threads, table);
  });
}

absl::StatusOr<Table> MakeTable(const std::string& workload, int threads) {
  Table table;
  table.setting = absl::StrCat(ThreadsName(threads), ", ", workload);
  table.arguments = {{"threads", threads}, {workload, 1}};
  if (workload == "cache") {
    AddLocks<LruCache>(threads, table);
  } else if (workload == "memtable") {
    AddLocks<Memtable>(threads, table);
  } else if (workload == "queue") {
    if (threads % 2 != 0) {
      return absl::InvalidArgumentError(
          "the queue is for an even number of threads");
    }
    ForEachCondition([&](const auto& condition) {
      using Condition = typename std::decay_t<decltype(condition)>::Condition;
      AddRow<WorkQueue<Condition>>(condition.name, condition.requests, threads,
                                   table);
    });
  } else if (workload == "leveldb") {
    AddLevelDb(threads, table);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no workload \"", workload,
                     "\"; there are cache, memtable, queue, leveldb"));
  }
  return table;
}

absl::StatusOr<Plan> PlanFromFlags() {
  const auto grid = MakeGrid({absl::GetFlag(FLAGS_threads), {"1ns"}});
  if (!grid.ok()) return grid.status();
  Plan plan;
  plan.columns = {{"requests/s", "requests_per_second"}};
  AddWaitColumns("latency", plan.columns);
  plan.columns.push_back({"CPU ns/req", "cpu_ns_per_request"});
  for (const std::string& workload : absl::GetFlag(FLAGS_workloads)) {
    for (const Cell& cell : *grid) {
      auto table = MakeTable(workload, cell.threads);
      if (!table.ok()) return table.status();
      plan.tables.push_back(*std::move(table));
    }
  }
  return plan;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) {
  slicelock::bench::Program program;
  program.purpose =
      "measures programs' patterns of one hot lock, where the kernel grants "
      "time slice extensions: here or, if not, in a guest.";
  program.plan = slicelock::bench::PlanFromFlags;
  return RunProgram(program, argc, argv);
}
