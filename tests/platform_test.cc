// What the locks take from Linux.

#include "locks/core/platform.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace slicelock {
namespace {

constexpr uint32_t kRoom = 1;
constexpr uint32_t kOtherRoom = 2;
constexpr int64_t kShort = 20'000'000;     // ns
constexpr int64_t kLong = 60'000'000'000;  // ns

TEST(PlatformTest, TheClockRuns) {
  const int64_t before = LinuxPlatform::Now();
  std::this_thread::sleep_for(std::chrono::nanoseconds(kShort));
  const int64_t passed = LinuxPlatform::Now() - before;
  EXPECT_GE(passed, kShort);
  EXPECT_LT(passed, kLong);
}

TEST(PlatformTest, ASleepThatNobodyEndsTakesAsLongAsItShould) {
  const std::atomic<uint32_t> word{7};
  const int64_t before = LinuxPlatform::Now();
  EXPECT_EQ(LinuxPlatform::Park(&word, 7, kRoom, kShort), Wakeup::kTimeout);
  const int64_t passed = LinuxPlatform::Now() - before;
  EXPECT_GE(passed, kShort);
  EXPECT_LT(passed, kLong);
}

TEST(PlatformTest, NobodySleepsOnAWordThatHasChanged) {
  const std::atomic<uint32_t> word{8};
  EXPECT_EQ(LinuxPlatform::Park(&word, 7, kRoom, kLong), Wakeup::kEarly);
}

TEST(PlatformTest, AWakeEndsASleepInItsRoom) {
  const std::atomic<uint32_t> word{7};
  std::atomic<bool> awake{false};
  std::thread sleeper([&] {
    EXPECT_EQ(LinuxPlatform::Park(&word, 7, kRoom, kLong), Wakeup::kWoken);
    awake = true;
  });
  const int64_t start = LinuxPlatform::Now();
  while (LinuxPlatform::Now() - start < kShort) {
    LinuxPlatform::WakeOne(&word, kOtherRoom);
  }
  EXPECT_FALSE(awake) << "woken by a wake in another room";
  while (!awake) LinuxPlatform::WakeOne(&word, kRoom);
  sleeper.join();
}

TEST(PlatformTest, ThePriorityIsThatOfARealTimeThread) {
  static constexpr int kPriority = 7;
  std::thread([] {
    const sched_param parameters = {kPriority};
    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) != 0) {
      GTEST_SKIP() << "no real-time threads here";
    }
    EXPECT_EQ(LinuxPlatform::Priority(), kPriority);
  }).join();
  EXPECT_EQ(LinuxPlatform::Priority(), 0);
}

TEST(PlatformTest, ErrnoIsLeftAlone) {
  const std::atomic<uint32_t> word{7};
  errno = EDOM;
  LinuxPlatform::Park(&word, 8, kRoom, kShort);
  LinuxPlatform::Park(&word, 7, kRoom, kShort);
  LinuxPlatform::WakeOne(&word, kRoom);
  EXPECT_EQ(errno, EDOM);
}

}  // namespace
}  // namespace slicelock
