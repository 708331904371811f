// Built for debugging.

#include "locks/observe/deadlock_detection.h"

#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/base/thread_annotations.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/observe/checks.h"
#include "locks/observe/stack_trace.h"
#include "locks/spinlock.h"

namespace slicelock {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

static_assert(kChecks);

// What `run` writes to standard error.
template <typename Run>
std::string ErrorsOf(Run&& run) {
  ::testing::internal::CaptureStderr();
  run();
  return ::testing::internal::GetCapturedStderr();
}

std::string AddressOf(const void* lock) {
  char text[32];
  snprintf(text, sizeof(text), "%p", lock);
  return text;
}

template <typename First, typename Second>
void Nest(First& first, Second& second) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  first.lock();
  second.lock();
  second.unlock();
  first.unlock();
}

// For stacks to name.
ABSL_ATTRIBUTE_NOINLINE void AcquireAThenB(Mutex& a, Mutex& b) { Nest(a, b); }
ABSL_ATTRIBUTE_NOINLINE void AcquireBThenA(Mutex& a, Mutex& b) { Nest(b, a); }

class DeadlockDetectionTest : public ::testing::Test {
 protected:
  DeadlockDetectionTest() {
    SetMutexDeadlockDetectionMode(OnDeadlockCycle::kReport);
  }
  ~DeadlockDetectionTest() override {
    SetMutexDeadlockDetectionMode(OnDeadlockCycle::kAbort);
  }

  Mutex a_, b_, c_;
};

TEST_F(DeadlockDetectionTest, OneOrderIsFine) {
  EXPECT_THAT(ErrorsOf([&] {
                for (int i = 0; i < 3; ++i) {
                  AcquireAThenB(a_, b_);
                  Nest(b_, c_);
                  Nest(a_, c_);
                }
              }),
              IsEmpty());
}

TEST_F(DeadlockDetectionTest, BothOrdersAreReportedWithBothStacks) {
  AcquireAThenB(a_, b_);
  const std::string errors = ErrorsOf([&] { AcquireBThenA(a_, b_); });
  const std::string a = AddressOf(&a_), b = AddressOf(&b_);
  EXPECT_THAT(errors, HasSubstr("possible deadlock: a thread that holds " + b +
                                " acquires " + a));
  EXPECT_THAT(errors,
              ContainsRegex("holding " + b + ", a thread acquires now " + a +
                            "\n(    @ .*\n)*    @ .*AcquireBThenA.*\n"));
  EXPECT_THAT(errors,
              ContainsRegex("holding " + a + ", a thread has acquired " + b +
                            "\n(    @ .*\n)*    @ .*AcquireAThenB.*\n"));
}

TEST_F(DeadlockDetectionTest, ARegisteredSymbolizerNamesTheFunctions) {
  RegisterSymbolizer([](const void*, char* out, int out_size) {
    return snprintf(out, out_size, "a name of ours") < out_size;
  });
  const auto self_deadlock = [&] {
    const MutexLock hold(a_);
    deadlock_detection::BeforeAcquire(&a_);
  };
  EXPECT_THAT(ErrorsOf(self_deadlock), HasSubstr("  a name of ours\n"));
  RegisterSymbolizer(nullptr);
  EXPECT_THAT(ErrorsOf(self_deadlock), Not(HasSubstr("a name of ours")));
}

TEST_F(DeadlockDetectionTest, HandlersOfFatalSignalsMayTurnItOff) {
  AcquireAThenB(a_, b_);
  Mutex::InternalAttemptToUseMutexInFatalSignalHandler();
  EXPECT_THAT(ErrorsOf([&] { AcquireBThenA(a_, b_); }), IsEmpty());
}

TEST(DeadlockDetectionDeathTest, AReportEndsTheProcessByDefault) {
  // The child starts from scratch: nobody has said what it should do.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Mutex a, b;
  AcquireAThenB(a, b);
  EXPECT_DEATH(AcquireBThenA(a, b), "possible deadlock");
}

TEST_F(DeadlockDetectionTest, EachCycleIsReportedOnce) {
  AcquireAThenB(a_, b_);
  ASSERT_THAT(ErrorsOf([&] { AcquireBThenA(a_, b_); }), Not(IsEmpty()));
  EXPECT_THAT(ErrorsOf([&] { AcquireBThenA(a_, b_); }), IsEmpty());
}

TEST_F(DeadlockDetectionTest, OrdersOfAllThreadsCount) {
  std::thread([&] { AcquireAThenB(a_, b_); }).join();
  EXPECT_THAT(ErrorsOf([&] { AcquireBThenA(a_, b_); }),
              HasSubstr("possible deadlock"));
}

TEST_F(DeadlockDetectionTest, ACycleOfThreeIsReportedStepByStep) {
  Nest(a_, b_);
  Nest(b_, c_);
  EXPECT_THAT(ErrorsOf([&] { Nest(c_, a_); }),
              AllOf(HasSubstr("holding " + AddressOf(&a_) +
                              ", a thread has acquired " + AddressOf(&b_)),
                    HasSubstr("holding " + AddressOf(&b_) +
                              ", a thread has acquired " + AddressOf(&c_))));
}

TEST_F(DeadlockDetectionTest, LongCyclesAreCutShort) {
  std::vector<Mutex> mutexes(100);
  for (size_t i = 0; i + 1 < mutexes.size(); ++i) {
    Nest(mutexes[i], mutexes[i + 1]);
  }
  EXPECT_THAT(ErrorsOf([&] { Nest(mutexes.back(), mutexes.front()); }),
              HasSubstr("and 89 more"));
}

TEST_F(DeadlockDetectionTest, AllLocksThatAreHeldCount) {
  const auto hold_both = [&](Mutex& outer, Mutex& inner, Mutex& last)
                             ABSL_NO_THREAD_SAFETY_ANALYSIS {
                               outer.lock();
                               Nest(inner, last);
                               outer.unlock();
                             };
  hold_both(a_, b_, c_);
  EXPECT_THAT(ErrorsOf([&] { Nest(c_, a_); }), HasSubstr("possible deadlock"));
}

TEST_F(DeadlockDetectionTest, SpinLocksCountToo) {
  SpinLock spinlock;
  Nest(a_, spinlock);
  EXPECT_THAT(ErrorsOf([&] { Nest(spinlock, a_); }),
              HasSubstr("possible deadlock"));
}

TEST_F(DeadlockDetectionTest, TryingInTheOtherOrderIsFine) {
  AcquireAThenB(a_, b_);
  EXPECT_THAT(ErrorsOf([&] {
                const std::lock_guard<Mutex> hold(b_);
                if (a_.try_lock()) a_.unlock();
              }),
              IsEmpty());
}

TEST_F(DeadlockDetectionTest, ALockThatWasTriedForCountsAsHeld) {
  AcquireAThenB(a_, b_);
  EXPECT_THAT(ErrorsOf([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
                ASSERT_TRUE(b_.try_lock());
                a_.lock();
                a_.unlock();
                b_.unlock();
              }),
              HasSubstr("possible deadlock"));
}

TEST_F(DeadlockDetectionTest, StandardLockOfSeveralIsFine) {
  EXPECT_THAT(ErrorsOf([&] {
                for (int i = 0; i < 3; ++i) {
                  const std::scoped_lock one_way(a_, b_, c_);
                }
                for (int i = 0; i < 3; ++i) {
                  const std::scoped_lock other_way(c_, b_, a_);
                }
              }),
              IsEmpty());
}

TEST_F(DeadlockDetectionTest, NoOrderIsKeptWhereItIsIgnored) {
  SetMutexDeadlockDetectionMode(OnDeadlockCycle::kIgnore);
  AcquireAThenB(a_, b_);
  EXPECT_THAT(ErrorsOf([&] { AcquireBThenA(a_, b_); }), IsEmpty());
  SetMutexDeadlockDetectionMode(OnDeadlockCycle::kReport);
  EXPECT_THAT(ErrorsOf([&] { AcquireBThenA(a_, b_); }), IsEmpty());
}

TEST_F(DeadlockDetectionTest, ADestroyedLockIsForgotten) {
  alignas(Mutex) char storage[sizeof(Mutex)];
  auto* const first = new (storage) Mutex;
  Nest(*first, a_);
  first->~Mutex();
  auto* const second = new (storage) Mutex;
  EXPECT_THAT(ErrorsOf([&] { Nest(a_, *second); }), IsEmpty());
  second->~Mutex();
}

TEST_F(DeadlockDetectionTest, ALockThatIsForgottenMayHaveAnotherOrder) {
  AcquireAThenB(a_, b_);
  deadlock_detection::Forget(&a_);
  EXPECT_THAT(ErrorsOf([&] { AcquireBThenA(a_, b_); }), IsEmpty());
}

TEST_F(DeadlockDetectionTest, AcquiringALockThatOneHoldsIsReported) {
  SetMutexDeadlockDetectionMode(OnDeadlockCycle::kAbort);
  const auto acquire_twice = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    a_.lock();
    a_.lock();
  };
  EXPECT_DEATH(acquire_twice(),
               "deadlock: a thread acquires " + AddressOf(&a_) +
                   ", which it holds\n  it has acquired it\n(    @ .*\n)+"
                   "  and acquires it again\n(    @ .*\n)+");
}

TEST_F(DeadlockDetectionTest, MoreLocksThanItKeepsAreNoProblem) {
  constexpr int kLocks = 1 << 17;
  const auto locks = std::make_unique<Mutex[]>(kLocks);
  for (int i = 0; i + 5 <= kLocks; ++i) {
    [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      for (int j = i; j < i + 5; ++j) locks[j].lock();
      for (int j = i; j < i + 5; ++j) locks[j].unlock();
    }();
  }
  EXPECT_THAT(ErrorsOf([&] { Nest(locks[kLocks - 1], locks[kLocks - 2]); }),
              HasSubstr("possible deadlock"));
}

TEST_F(DeadlockDetectionTest, ThreadsThatNestAtTheSameTimeAreNotInItsWay) {
  constexpr int kThreads = 8;
  std::array<Mutex, 20> mutexes;
  std::vector<std::thread> threads;
  EXPECT_THAT(ErrorsOf([&] {
                for (int t = 0; t < kThreads; ++t) {
                  threads.emplace_back([&, t] {
                    for (int i = 0; i < 2000; ++i) {
                      const size_t outer = (t + i) % (mutexes.size() - 1);
                      Nest(mutexes[outer], mutexes[outer + 1]);
                    }
                  });
                }
                for (auto& thread : threads) thread.join();
              }),
              IsEmpty());
}

}  // namespace
}  // namespace slicelock
