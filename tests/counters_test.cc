// What the counters count, here and on a kernel that grants extensions.

#include "rseq_abi/counters.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <thread>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/status.h"
#include "tests/contention.h"
#include "tests/rseq_stats.h"

namespace slicelock {
namespace {

constexpr auto kLong = std::chrono::milliseconds(1500);

bool IsFailure(Status status) {
  return !status.on() && status.code() != StatusCode::kOffPolicy;
}

template <typename Lock>
class CountersOfLocksTest : public ::testing::Test {};
using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(CountersOfLocksTest, Locks);

TYPED_TEST(CountersOfLocksTest, TheProcessHasTheSumOfItsThreads) {
  TypeParam lock;
  const SliceCounters before = GetProcessSliceCounters();
  const std::optional<uint64_t> kernel_before = testing::GrantsSinceBoot();
  const auto result = testing::Contend(lock, 16, kLong);
  const SliceCounters after = GetProcessSliceCounters();
  // The threads have exited.
  EXPECT_EQ(after.grants - before.grants, result.grants);
  EXPECT_EQ(after.yields - before.yields, result.yields);
  EXPECT_EQ(after.requests - before.requests, result.requests);
  EXPECT_EQ(after.revocations - before.revocations, result.revocations);
  if (GetStatus().on()) {
    EXPECT_GT(result.grants, 0u);
    EXPECT_GE(result.requests, static_cast<uint64_t>(result.acquisitions));
    EXPECT_GT(result.revocations, 0u) << "16 threads, never preempted";
    EXPECT_LE(result.revocations + result.grants, result.requests);
  } else {
    EXPECT_EQ(result.grants, 0u);
    EXPECT_EQ(result.requests, 0u);
    EXPECT_EQ(result.revocations, 0u);
  }
  if (kernel_before.has_value()) {
    EXPECT_LE(after.grants - before.grants,
              *testing::GrantsSinceBoot() - *kernel_before);
  }
}

TEST(CountersTest, AThreadCountsItsRequestsExactly) {
  std::thread([] {
    Mutex mutex;
    const uint64_t each = GetStatus().on() ? 1 : 0;
    constexpr uint64_t kTimes = 100'000;
    for (uint64_t i = 0; i < kTimes; ++i) MutexLock lock(mutex);
    EXPECT_EQ(GetThreadSliceCounters().requests, each * kTimes);
    SetThreadRequests(false);
    for (uint64_t i = 0; i < kTimes; ++i) MutexLock lock(mutex);
    EXPECT_EQ(GetThreadSliceCounters().requests, each * kTimes);
    SetThreadRequests(true);
    for (uint64_t i = 0; i < kTimes; ++i) MutexLock lock(mutex);
    EXPECT_EQ(GetThreadSliceCounters().requests, each * kTimes * 2);
  }).join();
}

TEST(CountersTest, AThreadBeginsAtZeroAndCountsItsOwnStatus) {
  std::thread([] {
    const SliceCounters unprepared = GetThreadSliceCounters();
    EXPECT_EQ(unprepared.requests, 0u);
    EXPECT_EQ(unprepared.revocations, 0u);
    EXPECT_EQ(unprepared.grants, 0u);
    EXPECT_EQ(unprepared.yields, 0u);
    EXPECT_EQ(unprepared.takeovers, 0u);
    EXPECT_EQ(unprepared.failures, 0u);
    const Status status = GetStatus();
    const SliceCounters prepared = GetThreadSliceCounters();
    EXPECT_EQ(prepared.takeovers, status.code() == StatusCode::kOnTakenOver);
    EXPECT_EQ(prepared.failures, IsFailure(status)) << status.sentence();
  }).join();
}

TEST(CountersDeathTest, TheProcessCountsTakeoversAndFailuresOnceAThread) {
  // The child starts from scratch: with glibc, a thread that has taken over
  // starts threads that have nothing to take over.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto child = [] {
    constexpr uint64_t kThreads = 8;
    StatusCode code{};
    for (uint64_t i = 0; i < kThreads; ++i) {
      std::thread([&code] {
        for (int again = 0; again < 3; ++again) code = GetStatus().code();
      }).join();
    }
    const bool took_over = code == StatusCode::kOnTakenOver;
    const SliceCounters counters = GetProcessSliceCounters();
    exit(counters.takeovers == (took_over ? kThreads : 0) &&
                 counters.failures == (IsFailure(Status(code)) ? kThreads : 0)
             ? EXIT_SUCCESS
             : EXIT_FAILURE);
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(EXIT_SUCCESS), "");
}

TEST(CountersTest, TheyCanBeReadWhileThreadsComeAndGo) {
  std::atomic<bool> stop{false};
  std::thread reader([&stop] {
    SliceCounters last;
    while (!stop) {
      const SliceCounters now = GetProcessSliceCounters();
      EXPECT_GE(now.grants, last.grants);
      EXPECT_GE(now.failures + now.takeovers, last.failures + last.takeovers);
      last = now;
    }
  });
  for (int i = 0; i < 200; ++i) std::thread([] { GetStatus(); }).join();
  stop = true;
  reader.join();
}

TEST(CountersTest, AForkedChildGoesOnFromTheNumbersOfItsParent) {
  GetStatus();
  const SliceCounters of_parent = GetProcessSliceCounters();
  const pid_t child = fork();
  if (child == 0) {
    const SliceCounters before = GetProcessSliceCounters();
    SliceCounters of_thread;
    std::thread([&of_thread] {
      GetStatus();
      of_thread = GetThreadSliceCounters();
    }).join();
    const SliceCounters after = GetProcessSliceCounters();
    _exit(before.takeovers == of_parent.takeovers &&
                  before.failures == of_parent.failures &&
                  before.grants == of_parent.grants &&
                  after.takeovers == before.takeovers + of_thread.takeovers &&
                  after.failures == before.failures + of_thread.failures
              ? EXIT_SUCCESS
              : EXIT_FAILURE);
  }
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace slicelock
