#include "bench/plots.h"

#include <string>
#include <vector>

#include "bench/results.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace slicelock::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

nlohmann::json Row(const std::string& lock, int threads, double per_second,
                   const std::string& aggregate) {
  const std::string args = "/threads:" + std::to_string(threads) + "/ns:500";
  return {{"run_name", lock + args},
          {"name", lock + args + "_" + aggregate},
          {"aggregate_name", aggregate},
          {"label", std::to_string(threads) +
                        (threads == 1 ? " thread, 500ns" : " threads, 500ns")},
          {"threads", threads},
          {"acquisitions_per_second", per_second},
          {"wait_p99.9_ns", aggregate == "spread" ? 0.1 : 3000}};
}

nlohmann::json Page(const std::vector<nlohmann::json>& rows) {
  return {{"context", {{"kernel", "Linux 7.3.4"}, {"cpu_model", "a CPU"}}},
          {"benchmarks", rows}};
}

const nlohmann::json kPage = Page({
    Row("Mutex/on", 1, 100, ""),
    Row("Mutex/on", 1, 2e6, "median"),
    Row("Mutex/on", 1, 0.1, "spread"),
    Row("Mutex/on", 2, 4e6, "median"),
    Row("Mutex/on", 2, 0.3, "spread"),
    Row("Mutex/off", 1, 1e6, "median"),
    Row("Mutex/off", 2, 1e6, "median"),
    Row("std::mutex", 1, 5e6, "median"),
});

TEST(ReadResultsTest, GroupsRowsThatDifferInLockAndThreads) {
  const auto results = ReadResults(kPage);
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_THAT(results->groups, SizeIs(1));
  EXPECT_EQ(results->groups[0].setting, "500ns");
  const std::vector<Result>& rows = results->groups[0].rows;
  ASSERT_THAT(rows, SizeIs(5));
  EXPECT_EQ(rows[0].name, "Mutex/on");
  EXPECT_EQ(rows[4].name, "std::mutex");
  EXPECT_EQ(rows[1].threads, 2);
}

TEST(ReadResultsTest, KeepsRowsBesideBystandersApart) {
  nlohmann::json beside = Row("Mutex/on", 2, 3e6, "median");
  beside["label"] = "2 threads, 500ns, 2 bystanders";
  const auto results =
      ReadResults(Page({Row("Mutex/on", 2, 4e6, "median"), beside}));
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_THAT(results->groups, SizeIs(2));
  EXPECT_EQ(results->groups[0].setting, "500ns");
  EXPECT_EQ(results->groups[1].setting, "500ns, 2 bystanders");
  EXPECT_THAT(results->groups[0].rows, SizeIs(1));

  const std::vector<Plot> plots = MakePlots("contention", *results);
  ASSERT_THAT(plots, SizeIs(4));
  EXPECT_EQ(plots[2].name, "500ns_2_bystanders-throughput");
  EXPECT_THAT(plots[2].script,
              HasSubstr("contention, 500ns, 2 bystanders: throughput"));
}

TEST(ReadResultsTest, TakesTheMedianAndJudgesTheSpread) {
  const auto results = ReadResults(kPage);
  ASSERT_TRUE(results.ok()) << results.status();
  const std::vector<Result>& rows = results->groups[0].rows;
  EXPECT_EQ(rows[0].figures.at("acquisitions_per_second"), 2e6);
  EXPECT_FALSE(rows[0].disagrees_on("acquisitions_per_second"));
  EXPECT_TRUE(rows[1].disagrees_on("acquisitions_per_second"));
  EXPECT_FALSE(rows[2].disagrees_on("acquisitions_per_second"));
}

TEST(ReadResultsTest, RefusesWhatFailedOrIsNoResult) {
  nlohmann::json failed = Row("Mutex/on", 1, 1, "");
  failed["error_occurred"] = true;
  EXPECT_FALSE(ReadResults(Page({failed})).ok());
  EXPECT_FALSE(ReadResults("text").ok());
  EXPECT_FALSE(
      ReadResults(Page({nlohmann::json::object({{"name", "x"}})})).ok());
}

std::vector<std::string> NamesOf(const std::vector<Plot>& plots) {
  std::vector<std::string> names;
  names.reserve(plots.size());
  for (const Plot& plot : plots) names.push_back(plot.name);
  return names;
}

TEST(MakePlotsTest, ShowsThroughputWaitsAndOnAgainstOff) {
  const std::vector<Plot> plots = MakePlots("contention", *ReadResults(kPage));
  ASSERT_THAT(NamesOf(plots),
              ElementsAre("500ns-throughput", "500ns-wait_of_2_threads",
                          "500ns-on_against_off"));
  EXPECT_THAT(plots[0].script, HasSubstr("contention, 500ns: throughput"));
  EXPECT_THAT(plots[0].script, HasSubstr("Linux 7.3.4, a CPU"));
  EXPECT_THAT(plots[0].script, HasSubstr("\n1 2\n2 4\nEOD"));
  EXPECT_THAT(plots[2].script, HasSubstr("\n1 2\n2 4\nEOD"))
      << "the on row did twice, and four times as much";
}

TEST(MakePlotsTest, MarksPointsThatRepetitionsDisagreeOn) {
  const std::vector<Plot> plots = MakePlots("contention", *ReadResults(kPage));
  EXPECT_THAT(plots[0].script, HasSubstr("$doubtful << EOD\n2 4\nEOD"));
  EXPECT_THAT(plots[1].script, Not(HasSubstr("$doubtful")));
}

TEST(MakePlotsTest, DrawsNothingOfNothing) {
  EXPECT_THAT(MakePlots("contention", {}), IsEmpty());
}

}  // namespace
}  // namespace slicelock::bench
