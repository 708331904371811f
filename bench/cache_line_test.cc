#include "bench/cache_line.h"

#include <sched.h>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace slicelock::bench {
namespace {

cpu_set_t AllowedCpus() {
  cpu_set_t allowed;
  EXPECT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  return allowed;
}

TEST(CacheLineTest, GoesBetweenTwoCpusWithinAMillisecond) {
  const cpu_set_t allowed = AllowedCpus();
  if (CPU_COUNT(&allowed) < 2) GTEST_SKIP() << "there is only one CPU";
  // The CPUs may be busy for the moment.
  absl::Duration round_trip = absl::ZeroDuration();
  for (int i = 0; i < 100 && round_trip == absl::ZeroDuration(); ++i) {
    round_trip = CacheLineRoundTrip();
  }
  EXPECT_GT(round_trip, absl::Nanoseconds(10));
  EXPECT_LT(round_trip, absl::Milliseconds(1));
  const cpu_set_t after = AllowedCpus();
  EXPECT_TRUE(CPU_EQUAL(&allowed, &after)) << "the caller has been moved";
}

TEST(CacheLineTest, GoesNowhereIfThereIsOneCpu) {
  const cpu_set_t allowed = AllowedCpus();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(CacheLineRoundTrip(), absl::ZeroDuration());
  ASSERT_EQ(sched_setaffinity(0, sizeof(allowed), &allowed), 0);
}

}  // namespace
}  // namespace slicelock::bench
