// Random reads of a small LevelDB in memory, by threads that share it, with
// its mutexes replaced as replaced_mutex.h says. Writes what came of it as
// JSON; //bench:workloads runs it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "bench/in_guest.h"
#include "bench/team.h"
#include "bench/time_stamp.h"
#include "bench/wait_figures.h"
#include "bench/waits.h"
#include "leveldb/db.h"
#include "leveldb/options.h"
#include "nlohmann/json.hpp"
#include "rseq_abi/policy.h"
#include "tests/kernel/temp_folder.h"

ABSL_FLAG(int, threads, 8, "how many read");
ABSL_FLAG(double, seconds, 1, "for how long");
ABSL_FLAG(bool, extensions, true, "whether they ask for extensions");

namespace slicelock::bench {
namespace {

constexpr unsigned kRows = 10000;
constexpr size_t kSamples = size_t{1} << 21;

std::string Key(unsigned row) { return absl::StrFormat("%016d", row); }

std::unique_ptr<leveldb::DB> MakeDatabase(const std::string& folder) {
  leveldb::Options options;
  options.create_if_missing = true;
  options.compression = leveldb::kNoCompression;
  leveldb::DB* database = nullptr;
  if (!leveldb::DB::Open(options, folder, &database).ok()) return nullptr;
  std::unique_ptr<leveldb::DB> owned(database);
  for (unsigned row = 0; row < kRows; ++row) {
    const std::string value(100, static_cast<char>('a' + row % 26));
    if (!owned->Put({}, Key(row), value).ok()) return nullptr;
  }
  owned->CompactRange(nullptr, nullptr);
  return owned;
}

int Fail(const char* sentence) {
  std::fprintf(stderr, "%s\n", sentence);
  return EXIT_FAILURE;
}

int Main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_extensions)) {
    TurnExtensionsOn();
  } else {
    SetPolicy(Policy::kOff);
  }
  const kernel::TempFolder folder;
  const auto database = MakeDatabase(folder.path() + "/db");
  if (database == nullptr) return Fail("LevelDB could not write its files");

  const int threads = absl::GetFlag(FLAGS_threads);
  Team team("LevelDB", threads);
  std::vector<Waits> latencies(threads, Waits(kSamples / threads / 2 * 2));
  std::atomic<uint64_t> served{0};
  std::atomic<bool> missed{false};
  const Team::Period period =
      team.Run(absl::Seconds(absl::GetFlag(FLAGS_seconds)), [&](int self) {
        std::minstd_rand random(static_cast<unsigned>(self) + 1);
        std::string value;
        uint64_t requests = 0;
        team.WaitForStart();
        for (; !team.stopped(); ++requests) {
          const std::string key = Key(random() % kRows);
          const Ticks start = Now();
          if (!database->Get({}, key, &value).ok()) missed = true;
          latencies[self].Record(Now() - start);
        }
        served += requests;
      });
  if (missed) return Fail("a row was not found");

  std::map<std::string, double> figures;
  AddWaits(Summarize(latencies), "latency", figures);
  std::cout
      << nlohmann::json{{"requests", served.load()},
                        {"seconds", absl::ToDoubleSeconds(period.elapsed)},
                        {"cpu_seconds", absl::ToDoubleSeconds(period.cpu_time)},
                        {"figures", figures}}
      << "\n";
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) { return slicelock::bench::Main(argc, argv); }
