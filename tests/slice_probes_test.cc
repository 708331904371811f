// The probes of sections, on a kernel that grants extensions: a tracer sees
// what the counters count. Here the tracer is the process itself.

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "tests/contention.h"
#include "tests/probe_notes.h"

namespace slicelock {
namespace {

// A probe's instruction, which does nothing, and what takes its place.
constexpr uint8_t kNop = 0x90;
constexpr uint8_t kTrap = 0xcc;

struct TracedProbe {
  const char* name;
  std::atomic<uintptr_t> address{0};
  std::atomic<uint64_t> reached{0};
};

TracedProbe granted{"slice_granted"};
TracedProbe yield{"slice_yield"};
TracedProbe revoked{"slice_revoked"};
TracedProbe* const kProbes[] = {&granted, &yield, &revoked};

// The thread goes on behind the trap.
void CountTrap(int, siginfo_t*, void* context) {
  const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const auto trap = static_cast<uintptr_t>(registers[REG_RIP]) - 1;
  for (TracedProbe* probe : kProbes) {
    if (probe->address == trap) {
      ++probe->reached;
      return;
    }
  }
  abort();
}

void SetTrap(uintptr_t address) {
  auto* const instruction = reinterpret_cast<uint8_t*>(address);
  ASSERT_EQ(*instruction, kNop);
  const uintptr_t page_size = sysconf(_SC_PAGESIZE);
  auto* const page = reinterpret_cast<void*>(address & ~(page_size - 1));
  ASSERT_EQ(mprotect(page, page_size, PROT_READ | PROT_WRITE | PROT_EXEC), 0);
  *instruction = kTrap;
}

TEST(SliceProbesTest, AreReachedAsOftenAsTheCountersCount) {
  struct sigaction action {};
  action.sa_sigaction = CountTrap;
  action.sa_flags = SA_SIGINFO;
  ASSERT_EQ(sigaction(SIGTRAP, &action, nullptr), 0);
  const auto notes = testing::OwnProbeNotes();
  for (TracedProbe* probe : kProbes) {
    const auto is_it = [&](const auto& note) {
      return note.name == probe->name;
    };
    ASSERT_EQ(std::count_if(notes.begin(), notes.end(), is_it), 1)
        << probe->name;
    probe->address = std::find_if(notes.begin(), notes.end(), is_it)->address;
    ASSERT_NO_FATAL_FAILURE(SetTrap(probe->address)) << probe->name;
  }
  Mutex mutex;
  testing::Contention total;
  const auto have_all = [&] {
    return std::all_of(std::begin(kProbes), std::end(kProbes),
                       [](const auto* probe) { return probe->reached > 0; });
  };
  for (int round = 0; round < 20 && !have_all(); ++round) {
    const auto result =
        testing::Contend(mutex, 16, std::chrono::milliseconds(1500));
    total.grants += result.grants;
    total.yields += result.yields;
    total.revocations += result.revocations;
  }
  for (const TracedProbe* probe : kProbes) {
    EXPECT_GT(probe->reached, 0u) << probe->name;
  }
  EXPECT_EQ(granted.reached, total.grants);
  EXPECT_EQ(yield.reached, total.yields);
  EXPECT_EQ(revoked.reached, total.revocations);
}

}  // namespace
}  // namespace slicelock
