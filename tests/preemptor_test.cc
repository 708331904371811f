// Before whom the kernel grants a holder time. One with PREEMPT_RT lets nobody
// wait who is to preempt at once: real-time threads, others whose turn has come
// by the clock (the scheduler's feature HRTICK), and with `preempt=full` all.
//
//   preemptor_test [NO_HRTICK] [turns] [real_time]
//
// turns that feature off, and names who is to wait for a holder.

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "locks/slice_section.h"
#include "rseq_abi/status.h"
#include "tests/endless_threads.h"
#include "tests/rseq_stats.h"

namespace slicelock {
namespace {

using std::chrono::steady_clock;

constexpr long kEnough = 300;
constexpr auto kPatience = std::chrono::seconds(60);

// Another thread for the holder's CPU.
struct Preemptor {
  const char* name;
  int policy;
  int priority;
  std::chrono::microseconds sleep;  // The CPU is to be left to the holder, too.
};

std::ostream& operator<<(std::ostream& out, const Preemptor& preemptor) {
  return out << preemptor.name;
}

constexpr Preemptor kPreemptors[] = {
    {"turns", SCHED_OTHER, 0, std::chrono::microseconds(0)},
    {"real_time", SCHED_FIFO, 1, std::chrono::milliseconds(1)},
};

// Of the command line.
std::vector<std::string> who_waits;

constexpr std::string_view kNoTicks = "NO_HRTICK";

void TurnOffTicks() {
  std::ofstream("/sys/kernel/debug/sched/features") << kNoTicks;
}

void PinToLastCpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(std::thread::hardware_concurrency() - 1, &cpus);
  ASSERT_EQ(pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus), 0);
}

// How often another thread got the CPU of the calling one, which would have
// gone on.
long Switches() {
  rusage usage = {};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

class PreemptorTest : public ::testing::TestWithParam<Preemptor> {};

TEST_P(PreemptorTest, WaitsForAHolderIfTheKernelLetsIt) {
  const Preemptor& preemptor = GetParam();
  PinToLastCpu();
  ASSERT_TRUE(GetStatus().on()) << GetStatus().sentence();
  const testing::EndlessThreads others(1, [&preemptor] {
    const sched_param parameters = {preemptor.priority};
    EXPECT_EQ(
        pthread_setschedparam(pthread_self(), preemptor.policy, &parameters),
        0);
    std::this_thread::sleep_for(preemptor.sleep);
  });

  const long switches_before = Switches();
  const uint64_t grants_before = testing::GrantsSinceBoot().value();
  const auto deadline = steady_clock::now() + kPatience;
  long switches = 0;
  volatile int work = 0;
  while (switches < kEnough && steady_clock::now() < deadline) {
    {
      const SliceSection section;
      for (int i = 0; i < 10000; ++i) work = work + 1;
    }
    switches = Switches() - switches_before;
  }
  const long grants = testing::GrantsSinceBoot().value() - grants_before;

  absl::PrintF("%d grants, %d switches\n", grants, switches);
  ASSERT_GE(switches, kEnough) << "nobody wanted the holder's CPU";
  const bool waits =
      std::count(who_waits.begin(), who_waits.end(), preemptor.name) != 0;
  if (waits) {
    EXPECT_GT(grants, switches / 4);
  } else {
    // Ordinary threads of the kernel come by, too.
    EXPECT_LT(grants, switches / 20);
  }
}

INSTANTIATE_TEST_SUITE_P(, PreemptorTest, ::testing::ValuesIn(kPreemptors),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace slicelock

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (argv[i] == slicelock::kNoTicks) {
      slicelock::TurnOffTicks();
    } else {
      slicelock::who_waits.push_back(argv[i]);
    }
  }
  return RUN_ALL_TESTS();
}
