// Runs the whole program, for moments.

#include <stdlib.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rseq_abi/status.h"
#include "tests/kernel/text_file.h"
#include "tests/run_program.h"

namespace slicelock::bench {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;

// With `redirection` to choose what `output` is.
Outcome RunContention(const std::string& flags,
                      const std::string& redirection = "2>&1") {
  return testing::RunInShell(
      absl::StrCat("bench/contention ", flags, " ", redirection));
}

// Long enough for threads to get a CPU of a busy machine.
constexpr char kQuick[] =
    "--here --seconds=0.1 --threads=2 --sections=500ns --pauses=100ns";

TEST(ContentionTest, PrintsATable) {
  const Outcome outcome = RunContention(kQuick, "2>/dev/null");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  for (const char* const text : {"Kernel",
                                 "Processor",
                                 "CPUs",
                                 "Accelerator",
                                 "Extensions",
                                 "Date",
                                 "Time slice extensions are",
                                 "2 threads, 500ns",
                                 "acq/s",
                                 "p50 us",
                                 "p99 us",
                                 "p99.9 us",
                                 "max us",
                                 "Jain",
                                 "CPU ns/acq",
                                 "grants",
                                 "yields",
                                 "revoked",
                                 "line ns",
                                 "Mutex/on",
                                 "Mutex/off",
                                 "SpinLock/on",
                                 "SpinLock/off",
                                 "std::mutex",
                                 "pthread_adaptive",
                                 "pthread_spin",
                                 "absl::Mutex",
                                 "absl::SpinLock",
                                 "tbb::spin_mutex",
                                 "nsync_mu"}) {
    EXPECT_THAT(outcome.output, HasSubstr(text));
  }
  EXPECT_THAT(outcome.output, Not(HasSubstr("FAILED")));
}

TEST(ContentionTest, PrintsJson) {
  const Outcome outcome = RunContention(
      absl::StrCat(kQuick, " --locks=Mutex/on --benchmark_format=json"),
      "2>/dev/null");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  for (const char* const field :
       {"kernel",       "cpu_model",    "cpus",
        "accelerator",  "slice_ext",    "measured_at",
        "slice_status", "name",         "threads",
        "section_ns",   "acquisitions", "acquisitions_per_second",
        "wait_p50_ns",  "wait_p99_ns",  "wait_p99.9_ns",
        "wait_max_ns",  "fairness",     "cpu_ns_per_acquisition",
        "grants",       "yields"}) {
    EXPECT_THAT(outcome.output, HasSubstr(absl::StrCat("\"", field, "\": ")));
  }
  EXPECT_EQ(outcome.output.front(), '{');
  EXPECT_THAT(
      outcome.output,
      HasSubstr(
          "Mutex/on/threads:2/section_ns:500/pause_ns:100/bystanders:0\""));
}

TEST(ContentionTest, SaysInTableAndJsonWhichPausesAndBystandersThereWere) {
  const std::string flags = absl::StrCat(
      kQuick, " --pauses=100ns,5us --bystanders=0,3 --locks=Mutex/on");
  const Outcome table = RunContention(flags, "2>/dev/null");
  EXPECT_EQ(table.status, 0) << table.output;
  EXPECT_THAT(table.output, ContainsRegex("\n2 threads, 500ns  +acq/s"));
  EXPECT_THAT(table.output,
              ContainsRegex("\n2 threads, 500ns, 3 bystanders +acq/s"));
  EXPECT_THAT(
      table.output,
      ContainsRegex("\n2 threads, 500ns, pauses 5us, 3 bystanders +acq/s"));

  const Outcome json = RunContention(
      absl::StrCat(flags, " --benchmark_format=json"), "2>/dev/null");
  EXPECT_EQ(json.status, 0) << json.output;
  for (const char* const text :
       {"\"Mutex/on/threads:2/section_ns:500/pause_ns:100/bystanders:0\"",
        "\"Mutex/on/threads:2/section_ns:500/pause_ns:5000/bystanders:3\"",
        "\"pause_ns\": 1.0000000000000000e+02", "\"bystanders\": 3.0"}) {
    EXPECT_THAT(json.output, HasSubstr(text));
  }
}

TEST(ContentionTest, RepeatsRowsAndComparesThem) {
  const Outcome outcome = RunContention(absl::StrCat(
      kQuick, " --locks=Mutex --repetitions=3 --benchmark_format=json"));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("\"repetition_index\": 2"));
  EXPECT_THAT(outcome.output, HasSubstr("\"aggregate_name\": \"median\""));
  EXPECT_THAT(outcome.output, HasSubstr("\"aggregate_name\": \"spread\""));
}

TEST(ContentionTest, ShowsProgress) {
  const Outcome outcome =
      RunContention(absl::StrCat(kQuick, " --locks=Mutex"), "2>&1 >/dev/null");
  EXPECT_THAT(outcome.output, HasSubstr("row 1 of 2: 2 threads, 500ns"));
}

TEST(ContentionTest, MeasuresMoreInFullUnlessToldWhat) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"", "row 1 of 12: "},
      {"--full", "row 1 of 80: "},
      {"--full --threads=2 --sections=3us --pauses=1us --bystanders=0",
       "row 1 of 1: "},
  };
  for (const auto& [flags, progress] : rows) {
    const Outcome outcome = RunContention(
        absl::StrCat("--here --seconds=0.01 --locks=pthread_spin ", flags));
    EXPECT_THAT(outcome.output, HasSubstr(progress));
  }
}

TEST(ContentionTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* const flags :
       {"--threads=0", "--sections=long", "--pauses=0ns", "--bystanders=-1",
        "--locks=none", "--seconds=0", "--repetitions=0", "--progress=dots",
        "16"}) {
    const Outcome outcome = RunContention(absl::StrCat(kQuick, " ", flags));
    EXPECT_EQ(outcome.status, 2) << flags << "\n" << outcome.output;
    EXPECT_THAT(outcome.output, Not(HasSubstr("acq/s"))) << flags;
    EXPECT_NE(outcome.output, "") << flags;
  }
}

TEST(ContentionTest, RefusesFlagsOfGoogleBenchmarkThatWouldNotWork) {
  for (const char* const flag :
       {"--benchmark_filter=Mutex", "--benchmark_filter",
        "--benchmark_repetitions=3", "--benchmark_min_time=1",
        "--benchmark_enable_random_interleaving",
        "--benchmark_out_format=csv"}) {
    const Outcome outcome = RunContention(absl::StrCat(kQuick, " ", flag));
    EXPECT_EQ(outcome.status, 2) << flag;
    EXPECT_EQ(
        outcome.output,
        absl::StrCat(
            "Google Benchmark's flags here are --benchmark_format=json, "
            "--benchmark_out=FILE and --benchmark_context=KEY=VALUE, not ",
            flag,
            ": other flags choose the rows, and how long and how often they "
            "are measured; see --help\n"));
  }
}

TEST(ContentionTest, WritesJsonIntoAFileBesideTheTable) {
  const std::string file = ::testing::TempDir() + "/contention.json";
  const Outcome outcome = RunContention(
      absl::StrCat(kQuick, " --locks=Mutex/on --benchmark_out=", file,
                   " --benchmark_context=why=test"));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("acq/s"));
  const std::string json = kernel::ReadTextFile(file);
  EXPECT_THAT(json, HasSubstr("\"why\": \"test\""));
  EXPECT_THAT(json, HasSubstr("\"acquisitions_per_second\": "));
}

TEST(ContentionTest, NeedsNoGuestToSayThatTheUserTurnedExtensionsOff) {
  for (const auto& [policy, code] :
       std::vector<std::pair<const char*, StatusCode>>{
           {"off", StatusCode::kOffPolicy},
           {"nonsense", StatusCode::kOffMisspeltPolicy}}) {
    setenv("SLICELOCK_RSEQ", policy, 1);
    const Outcome outcome = RunContention("--seconds=0.01");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.output, absl::StrCat(Status(code).sentence(), "\n"));
  }
  EXPECT_EQ(RunContention(kQuick).status, 0);
  unsetenv("SLICELOCK_RSEQ");
}

}  // namespace
}  // namespace slicelock::bench
