// The probes that a program has which uses locks, as tracers see them.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "tests/probe_notes.h"

namespace slicelock {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

struct Probe {
  const char* name;
  const char* arguments;  // A regular expression.
};

class ProbesTest : public ::testing::TestWithParam<Probe> {};

TEST_P(ProbesTest, AreInAProgramThatUsesLocksWithTheirArguments) {
  Mutex mutex;
  SpinLock spinlock;
  {
    const MutexLock hold(mutex);
    const SpinLockHolder hold_too(spinlock);
  }
  std::vector<std::string> arguments;
  for (const testing::ProbeNote& note : testing::OwnProbeNotes()) {
    if (note.name == GetParam().name) arguments.push_back(note.arguments);
  }
  EXPECT_THAT(arguments, Not(IsEmpty()));
  EXPECT_THAT(arguments, Each(MatchesRegex(GetParam().arguments)));
}

constexpr char kALock[] = "-?[48]@[^ ]+";

INSTANTIATE_TEST_SUITE_P(Each, ProbesTest,
                         ::testing::ValuesIn<Probe>({
                             {"mutex_entry", kALock},
                             {"mutex_acquired", kALock},
                             {"mutex_release", kALock},
                             {"slice_granted", ""},
                             {"slice_yield", ""},
                             {"slice_revoked", ""},
                         }),
                         [](const auto& probe) { return probe.param.name; });

}  // namespace
}  // namespace slicelock
