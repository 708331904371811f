#include "tests/kernel/slice_statistics.h"

#include "gtest/gtest.h"

namespace slicelock::kernel {
namespace {

constexpr char kText[] =
    "exit:           182340\n"
    "signal:              0\n"
    "slowp:            1204\n"
    "fastp:            8810\n"
    "ids:               905\n"
    "cs:                  0\n"
    "clear:               0\n"
    "fixup:               0\n"
    "sgrant:            159\n"
    "sexpir:             11\n"
    "srevok:             12\n"
    "syield:            140\n"
    "sabort:              7\n";

TEST(SliceStatisticsTest, ReadsTheKernelsText) {
  const auto statistics = ParseSliceStatistics(kText);
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->grants, 159u);
  EXPECT_EQ(statistics->expirations, 11u);
  EXPECT_EQ(statistics->revocations, 12u);
  EXPECT_EQ(statistics->yields, 140u);
  EXPECT_EQ(statistics->aborts, 7u);
}

TEST(SliceStatisticsTest, HasNoneOfAKernelWithoutExtensions) {
  EXPECT_FALSE(ParseSliceStatistics("exit:  182340\nsignal:  0\n"));
  EXPECT_FALSE(ParseSliceStatistics(""));
}

TEST(SliceStatisticsTest, TellsWhatHappenedInBetween) {
  const SliceStatistics difference =
      SliceStatistics{10, 9, 8, 7, 6} - SliceStatistics{1, 2, 3, 4, 5};
  EXPECT_EQ(difference.grants, 9u);
  EXPECT_EQ(difference.expirations, 7u);
  EXPECT_EQ(difference.revocations, 5u);
  EXPECT_EQ(difference.yields, 3u);
  EXPECT_EQ(difference.aborts, 1u);
}

}  // namespace
}  // namespace slicelock::kernel
