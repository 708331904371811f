#include "locks/observe/contention.h"

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/observe/cycles.h"
#include "locks/observe/hooks.h"

namespace slicelock {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

void Ignore(int64_t) {}

class ContentionTest : public ::testing::Test {
 protected:
  ContentionTest() { RegisterMutexProfiler(&Ignore); }
  ~ContentionTest() override { RegisterMutexProfiler(nullptr); }

  const char lock_ = 0;
  const char other_lock_ = 0;
};

// Runs `run`, and returns how many cycles that took at most.
template <typename Run>
int64_t CyclesOf(Run&& run) {
  const int64_t start = Cycles();
  run();
  return Cycles() - start;
}

void PassTime() { std::this_thread::yield(); }

TEST_F(ContentionTest, NobodyWaitsNothingIsCharged) {
  EXPECT_EQ(contention::Charge(&lock_), 0);
}

TEST_F(ContentionTest, AWaitIsChargedFromItsBeginning) {
  int64_t least = 0;
  int64_t charged = 0;
  const int64_t most = CyclesOf([&] {
    const contention::Waiting wait(&lock_);
    least = CyclesOf(&PassTime);
    charged = contention::Charge(&lock_);
  });
  EXPECT_THAT(charged, AllOf(Ge(least), Le(most)));
}

TEST_F(ContentionTest, NoTimeIsChargedTwice) {
  int64_t charged = 0;
  const int64_t most = CyclesOf([&] {
    const contention::Waiting wait(&lock_);
    for (int i = 0; i < 10; ++i) charged += contention::Charge(&lock_);
  });
  EXPECT_THAT(charged, AllOf(Ge(1), Le(most)));
}

TEST_F(ContentionTest, AllWhoWaitAreCharged) {
  const contention::Waiting first(&lock_), second(&lock_), third(&lock_);
  contention::Charge(&lock_);
  const int64_t least = CyclesOf(&PassTime);
  EXPECT_GE(contention::Charge(&lock_), 3 * least);
}

TEST_F(ContentionTest, OtherLocksAreNotCharged) {
  const contention::Waiting wait(&other_lock_);
  PassTime();
  EXPECT_EQ(contention::Charge(&lock_), 0);
}

TEST_F(ContentionTest, AWaitThatHasEndedIsNotCharged) {
  { const contention::Waiting wait(&lock_); }
  EXPECT_EQ(contention::Charge(&lock_), 0);
}

TEST_F(ContentionTest, MoreWhoWaitThanThereIsRoomForAreNotCounted) {
  std::deque<contention::Waiting> waits;
  for (int i = 0; i < 1000; ++i) waits.emplace_back(&lock_);
  int64_t charged = 0;
  const int64_t most = CyclesOf([&] {
    contention::Charge(&lock_);
    PassTime();
    charged = contention::Charge(&lock_);
  });
  EXPECT_GT(charged, 0);
  EXPECT_LE(charged, 64 * most);
  waits.clear();
  EXPECT_EQ(contention::Charge(&lock_), 0);
}

TEST_F(ContentionTest, NothingIsChargedUntilAFunctionIsRegistered) {
  RegisterMutexProfiler(nullptr);
  const contention::Waiting wait(&lock_);
  PassTime();
  EXPECT_EQ(contention::Charge(&lock_), 0);
}

TEST_F(ContentionTest, AChildProcessHasNoneOfThoseWhoWait) {
  const contention::Waiting wait(&lock_);
  EXPECT_EXIT(_exit(contention::Charge(&lock_) == 0 ? 0 : 1),
              ::testing::ExitedWithCode(0), "");
}

TEST_F(ContentionTest, ThreadsThatComeAndGoAreCharged) {
  constexpr int kThreads = 8;
  std::atomic<int64_t> waited{0}, charged{0};
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        waited += CyclesOf([&] {
          const contention::Waiting wait(&lock_);
          std::this_thread::yield();
        });
      }
      --running;
    });
  }
  while (running.load() != 0) charged += contention::Charge(&lock_);
  for (auto& thread : threads) thread.join();
  EXPECT_GT(charged.load(), 0);
  EXPECT_LE(charged.load(), waited.load());
}

// What the functions below have been called with.
std::vector<std::string> calls;

void Profile(int64_t wait_cycles) {
  calls.push_back("profiler " + std::to_string(wait_cycles));
}
void Trace(const char* event, const void*, int64_t wait_cycles) {
  calls.push_back(std::string(event) + " " + std::to_string(wait_cycles));
}
void TraceCondVar(const char* event, const void*) { calls.push_back(event); }
void ProfileSpinLock(const void*, int64_t wait_cycles) {
  calls.push_back("spinlock " + std::to_string(wait_cycles));
}
void ProfileAgain(int64_t) {
  calls.push_back("profiler");
  hooks::OnSlowRelease(hooks::Kind::kMutex, nullptr, 1);
}

class HooksTest : public ::testing::Test {
 protected:
  HooksTest() {
    calls.clear();
    RegisterMutexProfiler(&Profile);
    RegisterMutexTracer(&Trace);
    RegisterCondVarTracer(&TraceCondVar);
    RegisterSpinLockProfiler(&ProfileSpinLock);
  }
  ~HooksTest() override { RegisterNone(); }

  static void RegisterNone() {
    RegisterMutexProfiler(nullptr);
    RegisterMutexTracer(nullptr);
    RegisterCondVarTracer(nullptr);
    RegisterSpinLockProfiler(nullptr);
  }

  static void CallAll() {
    hooks::OnSlowRelease(hooks::Kind::kMutex, nullptr, 1);
    hooks::OnSlowRelease(hooks::Kind::kSpinLock, nullptr, 2);
    hooks::OnCondVarEvent("Wait", nullptr);
  }
};

TEST_F(HooksTest, EachIsCalledForItsOwnEvents) {
  CallAll();
  EXPECT_THAT(
      calls, ElementsAre("profiler 1", "slow release 1", "spinlock 2", "Wait"));
}

TEST_F(HooksTest, NoneIsCalledThatIsNoLongerRegistered) {
  RegisterNone();
  CallAll();
  EXPECT_THAT(calls, IsEmpty());
  EXPECT_FALSE(hooks::WantWaits());
}

TEST_F(HooksTest, AReleaseForWhichNobodyHasWaitedIsNotSlow) {
  hooks::OnSlowRelease(hooks::Kind::kMutex, nullptr, 0);
  EXPECT_THAT(calls, IsEmpty());
}

TEST_F(HooksTest, LocksOfAFunctionThatIsCalledDoNotCallIt) {
  RegisterMutexProfiler(&ProfileAgain);
  RegisterMutexTracer(nullptr);
  hooks::OnSlowRelease(hooks::Kind::kMutex, nullptr, 1);
  EXPECT_THAT(calls, ElementsAre("profiler"));
}

}  // namespace
}  // namespace slicelock
