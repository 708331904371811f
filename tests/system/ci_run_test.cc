// Runs .ci/run beside a ./bazelw that only plays what Bazel reports.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;

constexpr char kTest[] = R"({"id":{"targetConfigured":{"label":"//:a"}},)"
                         R"("configured":{"testSize":"SMALL"}})";
constexpr char kLibrary[] =
    R"({"id":{"targetConfigured":{"label":"//:b"}},"configured":{}})";
constexpr char kTestSkipped[] = R"({"id":{"targetCompleted":{"label":"//:a"}},)"
                                R"("aborted":{"reason":"SKIPPED"}})";
constexpr char kLibrarySkipped[] =
    R"({"id":{"targetCompleted":{"label":"//:b"}},)"
    R"("aborted":{"reason":"SKIPPED"}})";
constexpr char kPassed[] =
    R"({"id":{"testSummary":{}},"testSummary":{"overallStatus":"PASSED"}})";
constexpr char kFailed[] =
    R"({"id":{"testSummary":{}},"testSummary":{"overallStatus":"FAILED"}})";

Outcome RunWhereBazelReports(const std::vector<std::string>& events,
                             int exit_status) {
  std::string folder = ::testing::TempDir() + "/ci_run.XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr) << folder;
  fs::create_directory(folder + "/.ci");
  fs::copy_file(".ci/run", folder + "/.ci/run");
  std::ofstream bazelw(folder + "/bazelw");
  bazelw << "#!/usr/bin/env bash\n"
         << "for flag in \"$@\"; do\n"
         << "  [[ $flag != --build_event_json_file=* ]] || file=${flag#*=}\n"
         << "done\n"
         << "cat >\"$file\" <<'EVENTS'\n";
  for (const std::string& event : events) bazelw << event << "\n";
  bazelw << "EVENTS\n"
         << "exit " << exit_status << "\n";
  bazelw.close();
  fs::permissions(folder + "/bazelw", fs::perms::owner_all);
  const Outcome outcome = testing::RunInShell(folder + "/.ci/run");
  fs::remove_all(folder);
  return outcome;
}

TEST(CiRunTest, EndsWithTheCountOfResults) {
  const Outcome outcome =
      RunWhereBazelReports({kLibrary, kTest, kTest, kPassed, kPassed}, 0);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, "2 passed, 0 failed\n");
}

TEST(CiRunTest, CountsATestWithoutAResultAsFailed) {
  const Outcome outcome =
      RunWhereBazelReports({kTest, kTest, kTest, kPassed, kFailed}, 3);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.output, "1 passed, 2 failed\n");
}

TEST(CiRunTest, ATestThatThisMachineCannotRunIsSkippedAndNotFailed) {
  const Outcome outcome = RunWhereBazelReports(
      {kLibrary, kTest, kTest, kTestSkipped, kLibrarySkipped, kPassed}, 0);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, "1 passed, 0 failed, 1 skipped\n");
}

TEST(CiRunTest, SaysThatNothingWasTested) {
  const Outcome outcome = RunWhereBazelReports({}, 36);
  EXPECT_EQ(outcome.status, 36);
  EXPECT_THAT(outcome.output,
              HasSubstr("Nothing was tested: ./bazelw ended with exit status "
                        "36 before it came to a test"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("passed")));
}

}  // namespace
}  // namespace slicelock
