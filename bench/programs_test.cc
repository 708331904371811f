// Runs each program, for moments.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock::bench {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::RunInShell;

struct Case {
  const char* program;
  const char* quick;  // Flags that make it short.
  std::vector<const char*> in_table;
  std::vector<const char*> in_json;
  std::vector<const char*> bad;  // Flags of its own that it refuses.
};

const Case kCases[] = {
    {"uncontended",
     "--seconds=0.01 --repetitions=2",
     {"\n1 thread +ns +/bare +/std +instr[.] +spread\n",
      "\nexchange[+]store( +[0-9.]+){3}", "\nsection/on ", "\nMutex/on ",
      "\nMutex/off ", "\nstd::mutex ", "\nnsync_mu "},
     {"\"name\": \"Mutex/on/threads:1_median\"",
      "\"ns\": ", "\"to_exchange_store\": ", "\"to_std_mutex\": "},
     {"--instructions=some"}},
    {"handoff",
     "--seconds=0.05 --holds=100us",
     {"\nlock, 100us +p50 us +p99 us +p99.9 us +max us +handoffs/s\n",
      "\nMutex/on( +[0-9.,]+){5}\n", "\nstd::mutex ", "\ntbb::spin_mutex ",
      "\ncondition, 100us +p50", "\nCondVar/on ",
      "\nstd::condition_variable( +[0-9.,]+){5}\n", "\nabsl::CondVar ",
      "\nnsync_cv "},
     {"\"label\": \"lock, 100us\"",
      "\"latency_p99.9_ns\": ", "\"handoffs_per_second\": "},
     {"--holds=long"}},
    {"readers",
     "--seconds=0.02 --threads=4 --writers=10",
     {"\n4 threads, 10% writers +acq/s", "\nMutex/on( +[0-9.,]+){9}",
      "\nMutex/off ", "\nstd::shared_mutex ", "\npthread_rwlock ",
      "\nabsl::Mutex ", "\nnsync_mu ", "\ntbb::spin_rw_mutex "},
     {"\"writers_percent\": 1",
      "\"acquisitions_per_second\": ", "\"wait_p99.9_ns\": "},
     {"--writers=all", "--writers=101", "--section=long", "--threads=0"}},
    {"gaps",
     "--seconds=0.02 --threads=2",
     {"\n2 threads, 500ns +acq/s +changes/s +stalls/s",
      "\nMutex/on( +[0-9.,]+){6}\n", "\nstd::mutex( +[0-9.,]+){6}\n"},
     {"\"changes_per_second\": ", "\"stalls_percent\": "},
     {"--gap=long", "--threads=0"}},
    {"workloads",
     "--seconds=0.02 --threads=4",
     {"\n4 threads, cache +requests/s", "\nMutex/on( +[0-9.,]+){6}",
      "\n4 threads, memtable +requests/s", "\nnsync_mu ",
      "\n4 threads, queue +requests/s", "\nCondVar/on( +[0-9.,]+){6}",
      "\n4 threads, leveldb +requests/s"},
     {"\"requests_per_second\": ", "\"latency_p99.9_ns\": "},
     {"--workloads=none", "--threads=3", "--threads=0"}},
};

class ProgramsTest : public ::testing::TestWithParam<Case> {
 protected:
  static Outcome Run(const std::string& flags, const std::string& rest) {
    return RunInShell(absl::StrCat("bench/", GetParam().program, " --here ",
                                   GetParam().quick, " ", flags, " ", rest));
  }
};

TEST_P(ProgramsTest, PrintsTables) {
  const Outcome outcome = Run("", "2>/dev/null");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("Kernel"));
  for (const char* const text : GetParam().in_table) {
    EXPECT_THAT(outcome.output, ContainsRegex(text));
  }
  EXPECT_THAT(outcome.output, Not(HasSubstr("FAILED")));
}

TEST_P(ProgramsTest, PrintsJson) {
  const Outcome outcome = Run("--benchmark_format=json", "2>/dev/null");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  for (const char* const text : GetParam().in_json) {
    EXPECT_THAT(outcome.output, HasSubstr(text));
  }
}

TEST_P(ProgramsTest, HelpsWithItsFlags) {
  const std::string help = Run("--help", "2>&1").output;
  EXPECT_THAT(help, HasSubstr("--repetitions"));
  for (const char* const flag : GetParam().bad) {
    const std::string text = flag;
    EXPECT_THAT(help, HasSubstr(text.substr(0, text.find('='))));
  }
}

TEST_P(ProgramsTest, RefusesWhatItDoesNotUnderstand) {
  std::vector<const char*> flags = GetParam().bad;
  flags.insert(flags.end(),
               {"--locks=none", "--seconds=0", "--repetitions=0",
                "--progress=dots", "--guest", "--benchmark_filter=x", "16"});
  for (const char* const flag : flags) {
    const Outcome outcome = Run(flag, "2>&1 >/dev/null");
    EXPECT_NE(outcome.status, 0) << flag;
    EXPECT_THAT(outcome.output, ContainsRegex("^[^\n]+\n$")) << flag;
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, ProgramsTest, ::testing::ValuesIn(kCases),
                         [](const ::testing::TestParamInfo<Case>& c) {
                           return c.param.program;
                         });

}  // namespace
}  // namespace slicelock::bench
