// The probes that a program has which uses locks, as tracers see them.

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <regex>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"

namespace slicelock {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::MatchesRegex;

// Uses of a probe to the form of its arguments, such as `8@%rdi`: eight bytes,
// in a register.
std::multimap<std::string, std::string> ProbesOf(const std::string& program) {
  std::multimap<std::string, std::string> probes;
  FILE* const notes = popen(("readelf --notes " + program).c_str(), "r");
  if (notes == nullptr) return probes;
  const std::regex provider("\\s*Provider: (\\S*)\n");
  const std::regex name("\\s*Name: (\\S*)\n");
  const std::regex arguments("\\s*Arguments: ?(.*)\n");
  std::array<char, 4096> line;
  std::string last_name;
  bool ours = false;
  while (fgets(line.data(), line.size(), notes) != nullptr) {
    std::cmatch match;
    if (std::regex_match(line.data(), match, provider)) {
      ours = match[1] == "slicelock";
    } else if (std::regex_match(line.data(), match, name)) {
      last_name = match[1];
    } else if (ours && std::regex_match(line.data(), match, arguments)) {
      probes.emplace(last_name, match[1]);
    }
  }
  pclose(notes);
  return probes;
}

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
  const auto probes =
      ProbesOf(std::filesystem::read_symlink("/proc/self/exe").string());
  ASSERT_THAT(probes, Contains(Key(GetParam().name)));
  for (auto [use, end] = probes.equal_range(GetParam().name); use != end;
       ++use) {
    EXPECT_THAT(use->second, MatchesRegex(GetParam().arguments));
  }
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
