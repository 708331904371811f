// Runs the whole program, for moments.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/kernel/text_file.h"
#include "tests/run_program.h"

namespace slicelock::bench {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using testing::Outcome;

Outcome RunReport(const std::string& arguments) {
  return testing::RunInShell(absl::StrCat("bench/report ", arguments, " 2>&1"));
}

TEST(ReportTest, WritesAPageItsPicturesAndItsFigures) {
  const std::string folder = ::testing::TempDir() + "/report";
  const Outcome outcome = RunReport(absl::StrCat(
      "--output=", folder,
      " 'contention --here --seconds=0.05 --threads=1,2 --sections=500ns "
      "--pauses=100ns --bystanders=0,2 --locks=Mutex,std::mutex "
      "--repetitions=2'",
      " 'uncontended --seconds=0.01 --repetitions=1 --noinstructions'"));
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("run 2 of 2: uncontended"));
  EXPECT_THAT(outcome.output, HasSubstr("/report/report.html\n"));

  const std::string page = kernel::ReadTextFile(folder + "/report.html");
  for (const char* const text :
       {"contention, 500ns: throughput", "contention, 500ns: wait of 2 threads",
        "contention, 500ns: on against off",
        "contention, 500ns, 2 bystanders: throughput",
        "contention, 500ns, 2 bystanders: on against off", "uncontended: ns",
        "Mutex/on", "std::mutex", "Linux", "UTC", "</html>"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
  EXPECT_THAT(
      kernel::ReadTextFile(folder + "/1-contention-500ns-throughput.svg"),
      HasSubstr("</svg>"));
  const auto json = nlohmann::json::parse(
      kernel::ReadTextFile(folder + "/report.json"), nullptr, false);
  ASSERT_TRUE(json.is_array());
  EXPECT_EQ(json.size(), 2u);
}

TEST(ReportTest, SaysInASentenceWhatItDoesNotUnderstand) {
  const std::string output =
      absl::StrCat("--output=", ::testing::TempDir(), "/r ");
  for (const char* const arguments :
       {"nonsense", "'report --here'", "--output=/proc/none uncontended",
        "--flag"}) {
    const Outcome outcome = RunReport(output + arguments);
    EXPECT_NE(outcome.status, 0) << arguments;
    EXPECT_THAT(outcome.output, ContainsRegex("[^\n]+\n$")) << arguments;
  }
}

TEST(ReportTest, PassesOnWhatABenchmarkRefuses) {
  const Outcome outcome =
      RunReport(absl::StrCat("--output=", ::testing::TempDir(),
                             "/r 'contention --here --threads=none'"));
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("a number of threads is from 1"));
}

}  // namespace
}  // namespace slicelock::bench
