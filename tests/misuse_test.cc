// What debug builds say to misuse: the lock's name, and the stack.

#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/attributes.h"
#include "absl/base/thread_annotations.h"
#include "gtest/gtest.h"
#include "locks/condition.h"
#include "locks/mutex.h"
#include "locks/observe/checks.h"
#include "locks/observe/lock_records.h"
#include "locks/spinlock.h"

namespace slicelock {
namespace {

static_assert(kChecks);

// The lines of a stack that has `function` in it.
std::string StackWith(const std::string& function) {
  return "\n(    @ .*\n)*    @ .*" + function + ".*\n";
}

std::string AddressOf(const void* lock) {
  char text[32];
  snprintf(text, sizeof(text), "%p", lock);
  return text;
}

template <typename Lock>
class MisuseTest : public ::testing::Test {
 protected:
  ~MisuseTest() override { ForgetLockRecord(&lock_); }

  void HoldElsewhere() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::thread([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      lock_.lock();
    }).join();
  }

  // Not destroyed, as it may be held.
  static Lock& NewLock() {
    static auto& all = *new std::deque<Lock>;
    return all.emplace_back();
  }

  Lock& lock_ = NewLock();
};

struct LockNames {
  template <typename Lock>
  static std::string GetName(int) {
    return std::is_same_v<Lock, Mutex> ? "Mutex" : "SpinLock";
  }
};
using Locks = ::testing::Types<Mutex, SpinLock>;
TYPED_TEST_SUITE(MisuseTest, Locks, LockNames);

template <typename Lock>
ABSL_ATTRIBUTE_NOINLINE void ReleaseTheLock(Lock& lock)
    ABSL_NO_THREAD_SAFETY_ANALYSIS {
  lock.unlock();
}

TYPED_TEST(MisuseTest, ReleaseOfALockThatAnotherThreadHoldsAborts) {
  this->HoldElsewhere();
  EXPECT_DEATH(ReleaseTheLock(this->lock_),
               "a thread releases a lock that it does not hold: " +
                   AddressOf(&this->lock_) + StackWith("ReleaseTheLock"));
}

TYPED_TEST(MisuseTest, ReleaseOfAFreeLockAborts) {
  EXPECT_DEATH(ReleaseTheLock(this->lock_), "does not hold|nobody holds");
}

TYPED_TEST(MisuseTest, MessagesHaveTheNameOfTheLock) {
  MakeLockRecord(&this->lock_, "the queue", /*anew=*/true);
  this->HoldElsewhere();
  EXPECT_DEATH(
      ReleaseTheLock(this->lock_),
      "does not hold: the queue \\(" + AddressOf(&this->lock_) + "\\)");
}

TYPED_TEST(MisuseTest, AssertHeldAbortsIfAnotherThreadHoldsIt) {
  this->HoldElsewhere();
  EXPECT_DEATH(this->lock_.AssertHeld(), "that the thread does not hold");
}

using MutexMisuseTest = MisuseTest<Mutex>;

TEST_F(MutexMisuseTest, AssertReaderHeldAbortsIfAnotherThreadHoldsItAlone) {
  HoldElsewhere();
  EXPECT_DEATH(lock_.AssertReaderHeld(), "that the thread does not hold");
}

TEST_F(MutexMisuseTest, AssertReaderHeldIsContentWithAShareOfAnotherThread) {
  std::thread([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    lock_.lock_shared();
  }).join();
  lock_.AssertReaderHeld();
}

TEST_F(MutexMisuseTest, AssertNotHeldAbortsIfTheThreadHoldsItOrAShare) {
  HoldElsewhere();
  lock_.AssertNotHeld();
  Mutex mine;
  {
    const MutexLock lock(mine);
    EXPECT_DEATH(mine.AssertNotHeld(), "that the thread holds");
  }
  const ReaderMutexLock lock(mine);
  EXPECT_DEATH(mine.AssertNotHeld(), "that the thread holds");
}

TYPED_TEST(MisuseTest, DestructionOfALockThatTheThreadHoldsAborts) {
  const auto destroy_held = []() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    TypeParam lock;
    lock.lock();
  };
  EXPECT_DEATH(destroy_held(), "a lock is destroyed while it is held");
}

TYPED_TEST(MisuseTest, DestructionOfALockThatAnotherThreadHoldsAborts) {
  this->HoldElsewhere();
  EXPECT_DEATH(this->lock_.~TypeParam(),
               "a lock is destroyed while it is held");
}

// Threads that go on while the process exits may use them.
TYPED_TEST(MisuseTest, AGlobalLockMayBeDestroyedWhileAnotherThreadHoldsIt) {
  static TypeParam global;
  std::thread([]() ABSL_NO_THREAD_SAFETY_ANALYSIS { global.lock(); }).join();
  EXPECT_EXIT((global.~TypeParam(), _exit(0)), ::testing::ExitedWithCode(0),
              "");
  new (&global) TypeParam;
}

TYPED_TEST(MisuseTest, MoreLocksThanAreCountedAreNoMisuse) {
  TypeParam locks[40];
  for (auto& lock : locks) {
    [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock.lock(); }();
  }
  for (auto& lock : locks) {
    lock.AssertHeld();
    [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock.unlock(); }();
  }
}

// A function for conditions, which acquires the lock and may release it.
struct Acquisition {
  bool AcquireAndKeep() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    lock.lock();
    return true;
  }
  bool AcquireAndRelease() {
    const std::lock_guard<Mutex> hold(lock);
    return true;
  }

  Mutex& lock;
};

class MisusedConditionTest : public ::testing::Test {
 protected:
  Mutex mutex_, other_;
};

TEST_F(MisusedConditionTest, MayNotAcquireItsMutex) {
  Acquisition its_own{mutex_};
  EXPECT_DEATH(
      mutex_.LockWhen(Condition(&its_own, &Acquisition::AcquireAndRelease)),
      "a Condition acquires a lock that is held.*: " + AddressOf(&mutex_) +
          StackWith("AcquireAndRelease"));
}

TEST_F(MisusedConditionTest, MayNotKeepALock) {
  Acquisition another{other_};
  EXPECT_DEATH(
      mutex_.LockWhen(Condition(&another, &Acquisition::AcquireAndKeep)),
      "a Condition does not release a lock that it acquires: " +
          AddressOf(&other_));
}

TEST_F(MisusedConditionTest, MayAcquireAnotherLockAndReleaseIt) {
  Acquisition another{other_};
  mutex_.LockWhen(Condition(&another, &Acquisition::AcquireAndRelease));
  mutex_.unlock();
}

// Who releases the mutex evaluates the conditions of those who wait for it.
TEST_F(MisusedConditionTest, MayAssertThatItsMutexIsHeldWhoeverEvaluatesIt) {
  bool wanted = false;
  const auto condition = [&] {
    mutex_.AssertReaderHeld();
    return wanted;
  };
  std::thread waiter([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    mutex_.LockWhen(Condition(&condition));
    mutex_.unlock();
  });
  for (int i = 0; i < 100; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    const MutexLock hold(mutex_);
    wanted = i == 99;
  }
  waiter.join();
}

}  // namespace
}  // namespace slicelock
