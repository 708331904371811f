// All operations of the locks, mixed over threads and locks (mixed_load.h), for
// as long as one likes, with signals all the time:
//
//   soak --minutes=60 [--threads=64] [--guest]
//
// Prints a line every ten seconds and one at the end. Ends with 1 at the first
// invariant that does not hold; or if it has grown in the end.

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rseq_abi/counters.h"
#include "rseq_abi/policy.h"
#include "rseq_abi/status.h"
#include "tests/kernel/launch.h"
#include "tests/kernel/slice_statistics.h"
#include "tests/mixed_load.h"

ABSL_FLAG(double, minutes, 1, "for how long");
ABSL_FLAG(int, threads, 64, "how many threads");
ABSL_FLAG(bool, guest, false,
          "run in a guest whose kernel grants time slice extensions");

namespace slicelock {
namespace {

constexpr absl::Duration kReport = absl::Seconds(10);
constexpr absl::Duration kBetweenSignals = absl::Microseconds(100);

// Beside other work, which is not to be disturbed.
constexpr int kNiceness = 10;

struct Memory {
  int64_t heap;
  int64_t resident;
};

// The C library's arenas go on growing for minutes, ever more slowly.
constexpr absl::Duration kSettled = absl::Seconds(10);
constexpr Memory kMostGrowth = {1 << 20, 8 << 20};

// A sanitizer's notes grow.
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
constexpr bool kMemoryIsOurs = false;
#else
constexpr bool kMemoryIsOurs = true;
#endif

Memory UsedMemory() {
  const auto heap = mallinfo2();
  int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return {static_cast<int64_t>(heap.uordblks + heap.hblkhd),
          resident * sysconf(_SC_PAGESIZE)};
}

// Of the memory that is used, since the threads have all they need.
class Growth {
 public:
  bool TooMuch() const {
    const Memory growth = Get();
    return kMemoryIsOurs && (growth.heap > kMostGrowth.heap ||
                             growth.resident > kMostGrowth.resident);
  }

  std::string Summary() const {
    const Memory growth = Get();
    return absl::StrFormat("heap %+d KiB, resident %+d KiB", growth.heap / 1024,
                           growth.resident / 1024);
  }

 private:
  Memory Get() const {
    const Memory now = UsedMemory();
    return {now.heap - before_.heap, now.resident - before_.resident};
  }

  const Memory before_ = UsedMemory();
};

// Of the kernel, if it tells, and of this process, which does not know of
// grants that were revoked.
std::string SliceFigures() {
  const Status status = GetStatus();
  if (!status.on()) return status.sentence();
  const SliceCounters counters = GetProcessSliceCounters();
  std::string figures =
      absl::StrFormat("Extensions: %d grants, %d yields, %d requests gone",
                      counters.grants, counters.yields, counters.revocations);
  if (const auto kernel = kernel::ReadSliceStatistics()) {
    absl::StrAppendFormat(&figures,
                          "; by the kernel, %d grants, %d revocations",
                          kernel->grants, kernel->revocations);
  }
  return figures + ".";
}

int Soak(absl::Duration time, int threads) {
  const absl::Time begin = absl::Now(), end = begin + time;
  const absl::Time settled = begin + std::min(kSettled, time / 2);
  absl::Time report = begin + kReport;
  setpriority(PRIO_PROCESS, 0, kNiceness);
  testing::MixedLoad load(threads);
  std::optional<Growth> growth;
  const auto progress = [&] {
    return absl::StrFormat(
        "%d s: %s", absl::ToInt64Seconds(absl::Now() - begin), load.Summary());
  };
  while (absl::Now() < end || !growth) {
    absl::SleepFor(kBetweenSignals);
    load.Interrupt();
    if (!growth && absl::Now() >= settled) growth.emplace();
    if (!growth || absl::Now() < report) continue;
    report += kReport;
    load.ExpectProgress();
    absl::PrintF("%s; %s\n", progress(), growth->Summary());
    fflush(stdout);
  }
  const bool grown = growth->TooMuch();
  const std::string growth_summary = growth->Summary();
  load.Stop();
  absl::PrintF("%s in %s; %s. %s\n",
               grown ? "violated: memory does not grow" : "no violation",
               progress(), growth_summary, SliceFigures());
  return grown ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace
}  // namespace slicelock

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  absl::SetProgramUsageMessage("mixes all operations of the locks, and checks");
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_guest)) {
    arguments.push_back("--noguest");
    absl::FPrintF(stderr, "%s\n", slicelock::kernel::BecomeGuest(arguments));
    return EXIT_FAILURE;
  }
  // There are no restartable sequences of other code in here.
  if (getenv("SLICELOCK_RSEQ") == nullptr) {
    slicelock::SetPolicy(slicelock::Policy::kTakeover);
  }
  return slicelock::Soak(absl::Minutes(absl::GetFlag(FLAGS_minutes)),
                         absl::GetFlag(FLAGS_threads));
}
