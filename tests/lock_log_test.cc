// What mutexes and condition variables tell those who want to know.

#include "locks/observe/lock_log.h"

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/cond_var.h"
#include "locks/mutex.h"
#include "locks/observe/hooks.h"

namespace slicelock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The lines that `run` writes to standard error.
template <typename Run>
std::vector<std::string> LinesOf(Run&& run) {
  ::testing::internal::CaptureStderr();
  run();
  std::vector<std::string> lines(1);
  for (char c : ::testing::internal::GetCapturedStderr()) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  lines.pop_back();
  return lines;
}

TEST(MutexLogTest, HasALineForEachEventWithTheName) {
  Mutex mutex;
  mutex.EnableDebugLog("queue");
  EXPECT_THAT(LinesOf([&] {
                mutex.lock();
                mutex.unlock();
                mutex.lock_shared();
                mutex.unlock_shared();
                if (mutex.try_lock()) mutex.unlock();
                if (mutex.try_lock_shared()) mutex.unlock_shared();
              }),
              ElementsAre(StartsWith("slicelock: lock of queue (0x"),
                          StartsWith("slicelock: unlock of queue (0x"),
                          StartsWith("slicelock: lock_shared of queue (0x"),
                          StartsWith("slicelock: unlock_shared of queue (0x"),
                          StartsWith("slicelock: try_lock of queue (0x"),
                          StartsWith("slicelock: unlock of queue (0x"),
                          StartsWith("slicelock: try_lock_shared of queue (0x"),
                          StartsWith("slicelock: unlock_shared of queue")));
}

TEST(MutexLogTest, TellsOfTriesInVain) {
  Mutex mutex;
  mutex.lock();
  mutex.EnableDebugLog("queue");
  EXPECT_THAT(LinesOf([&] {
                std::thread([&] {
                  if (mutex.try_lock()) mutex.unlock();
                }).join();
                mutex.unlock();
              }),
              ElementsAre(HasSubstr("no success with queue"),
                          HasSubstr("unlock of queue")));
}

TEST(MutexLogTest, TellsOfAReleaseThatWasHeldBeforeItBegan) {
  Mutex mutex;
  mutex.lock();
  mutex.EnableDebugLog("queue");
  EXPECT_THAT(LinesOf([&] { mutex.unlock(); }),
              ElementsAre(HasSubstr("unlock of queue")));
}

TEST(MutexLogTest, SaysNothingOfOthers) {
  Mutex logged, other;
  logged.EnableDebugLog("queue");
  EXPECT_THAT(LinesOf([&] { const MutexLock hold(other); }), IsEmpty());
}

TEST(MutexLogTest, TheFirstNameStays) {
  Mutex mutex;
  mutex.EnableDebugLog("first");
  mutex.EnableDebugLog("second");
  EXPECT_THAT(LinesOf([&] { const MutexLock hold(mutex); }),
              ElementsAre(HasSubstr("first"), HasSubstr("first")));
}

TEST(MutexLogTest, ANewMutexAtTheSamePlaceHasANameOfItsOwn) {
  alignas(Mutex) char storage[sizeof(Mutex)];
  auto* const first = new (storage) Mutex;
  first->EnableDebugLog("first");
  first->~Mutex();
  auto* const second = new (storage) Mutex;
  EXPECT_THAT(LinesOf([&] { const MutexLock hold(*second); }), IsEmpty());
  second->EnableDebugLog("second");
  EXPECT_THAT(LinesOf([&] { const MutexLock hold(*second); }),
              ElementsAre(HasSubstr("second"), HasSubstr("second")));
  second->~Mutex();
}

// It stays logged, and works, when others wait and come back.
TEST(MutexLogTest, ContendedMutexesAreLoggedToo) {
  Mutex mutex;
  mutex.EnableDebugLog("queue");
  constexpr int kThreads = 4, kRounds = 200;
  int count = 0;
  const auto lines = LinesOf([&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kRounds; ++i) {
          const MutexLock hold(mutex);
          ++count;
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
  EXPECT_EQ(count, kThreads * kRounds);
  EXPECT_EQ(lines.size(), size_t{2} * kThreads * kRounds);
}

TEST(MutexLogTest, ConditionsStillWork) {
  Mutex mutex;
  mutex.EnableDebugLog("queue");
  bool ready = false;
  LinesOf([&] {
    std::thread waiter([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      mutex.LockWhen(Condition(&ready));
      mutex.unlock();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    mutex.lock();
    ready = true;
    mutex.unlock();
    waiter.join();
  });
}

class MutexInvariantTest : public ::testing::Test {
 protected:
  ~MutexInvariantTest() override { EnableMutexInvariantDebugging(false); }

  static void Count(void* calls) { ++*static_cast<int*>(calls); }

  Mutex mutex_;
  int calls_ = 0;
};

TEST_F(MutexInvariantTest, IsCheckedAfterEachAcquisitionAndBeforeEachRelease) {
  EnableMutexInvariantDebugging(true);
  mutex_.EnableInvariantDebugging(&Count, &calls_);
  mutex_.lock();
  EXPECT_EQ(calls_, 1);
  mutex_.unlock();
  EXPECT_EQ(calls_, 2);
  mutex_.lock_shared();
  EXPECT_EQ(calls_, 3);
  mutex_.unlock_shared();
  EXPECT_EQ(calls_, 4);
}

TEST_F(MutexInvariantTest, IsCheckedWithTheMutexHeld) {
  EnableMutexInvariantDebugging(true);
  const auto assert_held = [](void* mutex) {
    static_cast<Mutex*>(mutex)->AssertHeld();
  };
  mutex_.EnableInvariantDebugging(assert_held, &mutex_);
  const MutexLock hold(mutex_);
}

TEST_F(MutexInvariantTest, IsNotCheckedUnlessThatIsEnabled) {
  mutex_.EnableInvariantDebugging(&Count, &calls_);
  { const MutexLock hold(mutex_); }
  EXPECT_EQ(calls_, 0);
}

TEST_F(MutexInvariantTest, IsNotLogged) {
  EnableMutexInvariantDebugging(true);
  mutex_.EnableInvariantDebugging(&Count, &calls_);
  EXPECT_THAT(LinesOf([&] { const MutexLock hold(mutex_); }), IsEmpty());
}

void WaitForAMoment(Mutex& mutex, CondVar& variable) {
  const MutexLock hold(mutex);
  variable.WaitWithTimeout(&mutex, absl::Milliseconds(1));
}

TEST(CondVarLogTest, TellsOfWaits) {
  Mutex mutex;
  CondVar variable;
  variable.EnableDebugLog("not empty");
  EXPECT_THAT(LinesOf([&] { WaitForAMoment(mutex, variable); }),
              ElementsAre(StartsWith("slicelock: Wait not empty (0x"),
                          StartsWith("slicelock: Unwait not empty (0x")));
}

TEST(CondVarLogTest, TheFirstNameStays) {
  Mutex mutex;
  CondVar variable;
  variable.EnableDebugLog("first");
  variable.EnableDebugLog("second");
  EXPECT_THAT(LinesOf([&] { WaitForAMoment(mutex, variable); }),
              ElementsAre(HasSubstr("first"), HasSubstr("first")));
}

TEST(CondVarLogTest, ANewVariableAtTheSamePlaceHasANameOfItsOwn) {
  Mutex mutex;
  std::optional<CondVar> variable;
  variable.emplace();
  variable->EnableDebugLog("first");
  variable.emplace();
  EXPECT_THAT(LinesOf([&] { WaitForAMoment(mutex, *variable); }), IsEmpty());
  variable->EnableDebugLog("second");
  EXPECT_THAT(LinesOf([&] { WaitForAMoment(mutex, *variable); }),
              ElementsAre(HasSubstr("second"), HasSubstr("second")));
}

std::vector<std::string> traced;

TEST(CondVarTracerTest, IsCalledForWaitsAndForSignalsThatFindSomebody) {
  Mutex mutex;
  CondVar variable;
  bool waiting = false;
  traced.clear();
  RegisterCondVarTracer(
      [](const char* event, const void*) { traced.push_back(event); });
  variable.Signal();
  std::thread waiter([&] {
    const MutexLock hold(mutex);
    waiting = true;
    variable.Wait(&mutex);
  });
  {
    const MutexLock hold(mutex, Condition(&waiting));
    variable.Signal();
  }
  waiter.join();
  RegisterCondVarTracer(nullptr);
  EXPECT_THAT(traced, ElementsAre("Wait", "Signal wakeup", "Unwait"));
}

}  // namespace
}  // namespace slicelock
