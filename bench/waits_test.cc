#include "bench/waits.h"

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slicelock::bench {
namespace {

using ::testing::ElementsAre;

Waits RecordUpTo(Ticks last, size_t capacity) {
  Waits waits(capacity);
  for (Ticks wait = 1; wait <= last; ++wait) waits.Record(wait);
  return waits;
}

std::vector<Ticks> SamplesOf(const Waits& waits) {
  return std::vector<Ticks>(waits.begin(), waits.end());
}

TEST(WaitsTest, KeepsAllThatFit) {
  EXPECT_THAT(SamplesOf(RecordUpTo(3, 4)), ElementsAre(1, 2, 3));
}

TEST(WaitsTest, KeepsEveryOtherWhenFull) {
  const Waits waits = RecordUpTo(6, 4);
  EXPECT_THAT(SamplesOf(waits), ElementsAre(2, 4, 6));
  EXPECT_EQ(waits.stride(), 2u);
}

TEST(WaitsTest, StaysSystematicHoweverOftenItThins) {
  for (const Ticks last : {100, 101, 1000, 4095, 4096, 4097}) {
    const Waits waits = RecordUpTo(last, 8);
    const Ticks stride = static_cast<Ticks>(waits.stride());
    std::vector<Ticks> multiples;
    for (Ticks i = stride; i <= last; i += stride) multiples.push_back(i);
    EXPECT_EQ(SamplesOf(waits), multiples) << last;
    EXPECT_LT(waits.size(), 8u);
  }
}

TEST(WaitsTest, StaysSystematicIfThinnedFromOutside) {
  for (const Ticks recorded : {4, 5, 6, 7}) {
    Waits waits = RecordUpTo(recorded, 100);
    waits.Thin();
    for (Ticks wait = recorded + 1; wait <= 10; ++wait) waits.Record(wait);
    EXPECT_THAT(SamplesOf(waits), ElementsAre(2, 4, 6, 8, 10)) << recorded;
  }
}

TEST(WaitsTest, NeverForgetsTheLongest) {
  Waits waits(2);
  waits.Record(1000);
  for (int i = 0; i < 100; ++i) waits.Record(1);
  EXPECT_EQ(waits.longest(), 1000);
}

TEST(WaitsTest, TakesClocksThatDisagreeForNoWait) {
  Waits waits(4);
  waits.Record(-3);
  EXPECT_THAT(SamplesOf(waits), ElementsAre(0));
  EXPECT_EQ(waits.longest(), 0);
}

TEST(PercentileTest, IsTheNearestRank) {
  std::vector<Ticks> samples(1000);
  std::iota(samples.rbegin(), samples.rend(), 1);
  EXPECT_EQ(Percentile(samples, 0.5), 500);
  EXPECT_EQ(Percentile(samples, 0.99), 990);
  EXPECT_EQ(Percentile(samples, 0.999), 999);
  EXPECT_EQ(Percentile(samples, 1), 1000);
  EXPECT_EQ(Percentile(samples, 0), 1);
}

TEST(PercentileTest, OfOneSampleIsThatSample) {
  std::vector<Ticks> samples = {7};
  EXPECT_EQ(Percentile(samples, 0.5), 7);
  EXPECT_EQ(Percentile(samples, 0.999), 7);
}

TEST(SummarizeTest, CountsThreadsByTheirAcquisitions) {
  // One thread waited 1 a thousand times and had to thin its samples; the
  // other waited 100 only eight times, too few for the 99th percentile.
  Waits many(64);
  for (int i = 0; i < 1000; ++i) many.Record(1);
  Waits few(64);
  for (int i = 0; i < 8; ++i) few.Record(100);
  ASSERT_GT(many.stride(), few.stride());

  std::vector<Waits> threads = {many, few};
  const WaitSummary summary = Summarize(threads);
  EXPECT_EQ(summary.p50, 1);
  EXPECT_EQ(summary.p99, 1);
  EXPECT_EQ(summary.longest, 100);
}

TEST(SummarizeTest, OfNothingIsNothing) {
  std::vector<Waits> threads(2);
  EXPECT_EQ(Summarize(threads).p999, 0);
}

}  // namespace
}  // namespace slicelock::bench
