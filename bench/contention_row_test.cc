#include "bench/contention_row.h"

#include <time.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/locks_under_test.h"
#include "bench/team.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slicelock::bench {
namespace {

using ::testing::HasSubstr;

constexpr ContentionSetting kShort = {4, 100, 10, absl::Milliseconds(50)};

Contender MakeContender(uint64_t acquisitions) {
  Contender contender;
  contender.acquisitions = acquisitions;
  contender.exclusive = acquisitions;
  return contender;
}

TEST(SummarizeContentionTest, AddsUp) {
  std::vector<Contender> contenders = {MakeContender(30), MakeContender(10)};
  contenders[0].slices.grants = 5;
  contenders[0].slices.yields = 4;
  contenders[1].slices.grants = 2;
  contenders[1].slices.yields = 1;
  const ContentionRow row = Summarize(contenders, 7, 280);
  EXPECT_EQ(row.failure, "");
  EXPECT_EQ(row.acquisitions, 40u);
  EXPECT_DOUBLE_EQ(row.fairness, 0.8);
  EXPECT_EQ(row.slices.grants, 7u);
  EXPECT_EQ(row.slices.yields, 5u);
}

TEST(SummarizeContentionTest, NoticesALostIncrement) {
  std::vector<Contender> contenders = {MakeContender(30), MakeContender(10)};
  EXPECT_THAT(Summarize(contenders, 7, 279).failure,
              HasSubstr("mutual exclusion is broken"));
}

TEST(SummarizeContentionTest, ExpectsNoIncrementsOfThoseWhoShared) {
  std::vector<Contender> contenders = {MakeContender(30), MakeContender(10)};
  contenders[0].exclusive = 1;
  EXPECT_EQ(Summarize(contenders, 7, 77).failure, "");
}

TEST(SummarizeContentionTest, NoticesAWriterBesideAReader) {
  std::vector<Contender> contenders = {MakeContender(30), MakeContender(10)};
  contenders[1].disturbed = true;
  EXPECT_THAT(Summarize(contenders, 7, 280).failure,
              HasSubstr("mutual exclusion is broken"));
}

TEST(SummarizeContentionTest, NoticesThatNothingHappened) {
  std::vector<Contender> contenders(2);
  EXPECT_NE(Summarize(contenders, 7, 0).failure, "");
}

TEST(MeasureContentionTest, MeasuresEveryLock) {
  ForEachLock([](const auto& lock) {
    SCOPED_TRACE(lock.name);
    const ContentionRow row = MeasureContention(lock, kShort);
    EXPECT_EQ(row.failure, "");
    EXPECT_GT(row.acquisitions, 0u);
    EXPECT_GE(row.period.elapsed, kShort.duration);
    EXPECT_GT(row.period.cpu_time, absl::ZeroDuration());
    EXPECT_LE(row.waits.p50, row.waits.p999);
    EXPECT_LE(row.waits.p999, row.waits.longest);
    EXPECT_GT(row.fairness, 0);
  });
}

absl::Duration CpuTimeOfProcess() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

TEST(MeasureContentionTest, DoesNotChargeBystandersCpuTimeToTheLock) {
  ContentionSetting setting = kShort;
  setting.threads = 1;
  setting.bystanders = 4;
  setting.duration = absl::Milliseconds(500);
  const auto sleep = [](const ContentionSetting&, Requests,
                        SharedState<std::mutex>&, Team& team) {
    team.WaitForStart();
    while (!team.stopped()) absl::SleepFor(absl::Milliseconds(5));
    return MakeContender(0);
  };
  const absl::Duration before = CpuTimeOfProcess();
  const ContentionRow row =
      MeasureThreads(LockUnderTest<std::mutex>{"std::mutex", Requests::kNever},
                     setting, sleep);
  const absl::Duration used = CpuTimeOfProcess() - before;
  EXPECT_GT(used, setting.duration / 4) << "bystanders did not use the CPU";
  EXPECT_LT(row.period.cpu_time, setting.duration / 4)
      << "a thread that sleeps is charged with what bystanders use";
}

struct NoLock {
  void lock() {}
  void unlock() {}
};

TEST(MeasureContentionTest, NoticesALockThatIsNone) {
  // Long enough for two threads to run at once on a busy machine.
  ContentionSetting setting = kShort;
  setting.duration = absl::Milliseconds(500);
  const ContentionRow row = MeasureContention(
      LockUnderTest<NoLock>{"none", Requests::kNever}, setting);
  EXPECT_THAT(row.failure, HasSubstr("mutual exclusion is broken"));
}

}  // namespace
}  // namespace slicelock::bench
