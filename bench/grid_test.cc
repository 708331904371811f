#include "bench/grid.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slicelock::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(MakeGridTest, CombinesThreadsAndSections) {
  const auto grid = MakeGrid({{"1", "16"}, {"500ns", "3us"}});
  ASSERT_TRUE(grid.ok()) << grid.status();
  std::vector<int> threads;
  std::vector<absl::Duration> sections;
  for (const Cell& cell : *grid) {
    threads.push_back(cell.threads);
    sections.push_back(cell.section);
  }
  EXPECT_THAT(threads, ElementsAre(1, 16, 1, 16));
  EXPECT_THAT(sections,
              ElementsAre(absl::Nanoseconds(500), absl::Nanoseconds(500),
                          absl::Microseconds(3), absl::Microseconds(3)));
}

TEST(MakeGridTest, HasShortPausesAndNoBystandersIfNotTold) {
  const auto grid = MakeGrid({{"1"}, {"3us"}});
  ASSERT_TRUE(grid.ok()) << grid.status();
  ASSERT_THAT(*grid, SizeIs(1));
  EXPECT_EQ(grid->front().pause, absl::Nanoseconds(100));
  EXPECT_EQ(grid->front().bystanders, 0);
}

TEST(MakeGridTest, HasAllWithTheSamePausesAndBystandersInARow) {
  const auto grid =
      MakeGrid({{"1", "16"}, {"3us"}, {"100ns", "5us"}, {"0", "1", "1024"}});
  ASSERT_TRUE(grid.ok()) << grid.status();
  std::vector<std::string> names;
  for (const Cell& cell : *grid) names.push_back(SettingName(cell));
  EXPECT_THAT(
      names,
      ElementsAre("1 thread, 3us", "16 threads, 3us",
                  "1 thread, 3us, pauses 5us", "16 threads, 3us, pauses 5us",
                  "1 thread, 3us, 1 bystander", "16 threads, 3us, 1 bystander",
                  "1 thread, 3us, pauses 5us, 1 bystander",
                  "16 threads, 3us, pauses 5us, 1 bystander",
                  "1 thread, 3us, 1024 bystanders",
                  "16 threads, 3us, 1024 bystanders",
                  "1 thread, 3us, pauses 5us, 1024 bystanders",
                  "16 threads, 3us, pauses 5us, "
                  "1024 bystanders"));
}

TEST(MakeGridTest, SaysWhichThreadsMakeNoSense) {
  for (const std::string bad : {"0", "-1", "two", "2x", "100000", ""}) {
    const auto grid = MakeGrid({{bad}, {"3us"}});
    ASSERT_FALSE(grid.ok()) << bad;
    EXPECT_THAT(std::string(grid.status().message()),
                HasSubstr("\"" + bad + "\""));
  }
}

TEST(MakeGridTest, SaysWhichSectionsAndPausesMakeNoSense) {
  for (const std::string bad : {"500", "-3us", "0ns", "inf", "2s", ""}) {
    for (const auto& [what, grid] :
         {std::pair("section", MakeGrid({{"2"}, {bad}})),
          std::pair("pause", MakeGrid({{"2"}, {"3us"}, {bad}}))}) {
      ASSERT_FALSE(grid.ok()) << bad;
      EXPECT_EQ(grid.status().message(),
                std::string("a ") + what +
                    " is a time such as 500ns or 3us, up to 1s, not \"" + bad +
                    "\"");
    }
  }
}

TEST(MakeGridTest, SaysWhichBystandersMakeNoSense) {
  for (const std::string bad : {"-1", "two", "2x", "1025", ""}) {
    const auto grid = MakeGrid({{"2"}, {"3us"}, {"1us"}, {bad}});
    ASSERT_FALSE(grid.ok()) << bad;
    EXPECT_EQ(grid.status().message(),
              "a number of bystanders is from 0 to 1024, not \"" + bad + "\"");
  }
}

const std::vector<std::string> kNames = {"Mutex/on", "Mutex/off", "MutexLike"};

TEST(SelectNamesTest, SelectsAllByDefault) {
  EXPECT_THAT(*SelectNames(kNames, {}),
              ElementsAre("Mutex/on", "Mutex/off", "MutexLike"));
}

TEST(SelectNamesTest, SelectsByNameAndByFamily) {
  EXPECT_THAT(*SelectNames(kNames, {"Mutex/off"}), ElementsAre("Mutex/off"));
  EXPECT_THAT(*SelectNames(kNames, {"Mutex"}),
              ElementsAre("Mutex/on", "Mutex/off"));
}

TEST(SelectNamesTest, KeepsTheOrderOfTheNames) {
  EXPECT_THAT(*SelectNames(kNames, {"MutexLike", "Mutex/on"}),
              ElementsAre("Mutex/on", "MutexLike"));
}

TEST(SelectNamesTest, SaysWhatThereIsInstead) {
  const auto selected = SelectNames(kNames, {"Mutex", "Mut"});
  ASSERT_FALSE(selected.ok());
  EXPECT_THAT(std::string(selected.status().message()),
              testing::AllOf(HasSubstr("\"Mut\""), HasSubstr("MutexLike")));
}

}  // namespace
}  // namespace slicelock::bench
