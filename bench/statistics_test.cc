#include "bench/statistics.h"

#include "bench/fairness.h"
#include "gtest/gtest.h"

namespace slicelock::bench {
namespace {

TEST(MedianTest, IsTheMiddle) {
  EXPECT_EQ(Median({5}), 5);
  EXPECT_EQ(Median({9, 1, 4}), 4);
  EXPECT_EQ(Median({9, 1, 4, 6}), 5);
}

TEST(SpreadTest, IsRelativeToTheMedian) {
  EXPECT_EQ(Spread({5}), 0);
  EXPECT_EQ(Spread({0, 0, 0}), 0);
  EXPECT_DOUBLE_EQ(Spread({12, 8, 10}), 0.4);
}

TEST(JainIndexTest, IsOneIfAllGetTheSame) {
  EXPECT_DOUBLE_EQ(JainIndex({7}), 1);
  EXPECT_DOUBLE_EQ(JainIndex({7, 7, 7}), 1);
}

TEST(JainIndexTest, IsOneInNIfOneGetsItAll) {
  EXPECT_DOUBLE_EQ(JainIndex({100, 0, 0, 0}), 0.25);
}

TEST(JainIndexTest, IsBetweenForUnequalShares) {
  EXPECT_DOUBLE_EQ(JainIndex({3, 1}), 0.8);
}

TEST(JainIndexTest, FindsNothingFairlyShared) {
  EXPECT_DOUBLE_EQ(JainIndex({0, 0}), 1);
}

}  // namespace
}  // namespace slicelock::bench
