// Code written for abseil: built as it is, and switched to these locks by its
// Bazel target alone.

#include <thread>
#include <type_traits>

#include "absl/base/const_init.h"
#include "absl/base/internal/spinlock.h"
#include "absl/flags/flag.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace slicelock {
class Mutex;
class SpinLock;
}  // namespace slicelock

namespace service {
namespace {

int times_checked = 0;

ABSL_CONST_INIT absl::Mutex global_mutex(absl::kConstInit);

class Queue {
 public:
  void Put(int item) {
    absl::MutexLock lock(&mutex_);
    items_ += item;
    changed_.SignalAll();
  }
  int TakeAll() {
    absl::MutexLock lock(&mutex_, absl::Condition(this, &Queue::HasItems));
    const int items = items_;
    items_ = 0;
    return items;
  }
  bool WaitForChange(absl::Duration limit) {
    absl::MutexLock lock(&mutex_);
    return !changed_.WaitWithTimeout(&mutex_, limit);
  }
  int Peek() const {
    absl::ReaderMutexLock share(&mutex_);
    return items_;
  }

 private:
  bool HasItems() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return items_ > 0;
  }

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  int items_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(AbslNamesTest, TheTargetSaysWhoseMutexItIs) {
  EXPECT_EQ((std::is_same_v<absl::Mutex, slicelock::Mutex>),
            SWITCHED_TO_SLICELOCK);
  EXPECT_LE(sizeof(absl::Mutex), 8u);
  EXPECT_LE(sizeof(absl::CondVar), 8u);
}

TEST(AbslNamesTest, CodeWorksAsItStands) {
  absl::WriterMutexLock lock(&global_mutex);
  Queue queue;
  std::thread producer([&queue] {
    absl::SleepFor(absl::Milliseconds(5));
    queue.Put(3);
  });
  EXPECT_EQ(queue.TakeAll(), 3);
  EXPECT_EQ(queue.Peek(), 0);
  EXPECT_FALSE(queue.WaitForChange(absl::Milliseconds(1)));
  producer.join();
  global_mutex.AssertHeld();
}

TEST(AbslNamesTest, EveryWayToAcquireAMutexIsThere) {
  absl::Mutex mutex;
  mutex.Lock();
  mutex.Unlock();
  if (!mutex.TryLock()) FAIL();
  mutex.Unlock();
  mutex.WriterLock();
  mutex.WriterUnlock();
  if (!mutex.WriterTryLock()) FAIL();
  mutex.WriterUnlock();
  mutex.ReaderLock();
  mutex.ReaderUnlock();
  if (!mutex.ReaderTryLock()) FAIL();
  mutex.ReaderUnlock();
  mutex.AssertNotHeld();
}

TEST(AbslNamesTest, EveryWayToWaitForAConditionIsThere) {
  const absl::Condition& always = absl::Condition::kTrue;
  constexpr absl::Duration kLimit = absl::Seconds(1);
  const absl::Time deadline = absl::Now() + kLimit;
  absl::Mutex mutex;
  mutex.LockWhen(always);
  mutex.Await(always);
  EXPECT_TRUE(mutex.AwaitWithTimeout(always, kLimit));
  EXPECT_TRUE(mutex.AwaitWithDeadline(always, deadline));
  mutex.Unlock();
  EXPECT_TRUE(mutex.LockWhenWithTimeout(always, kLimit));
  mutex.Unlock();
  EXPECT_TRUE(mutex.LockWhenWithDeadline(always, deadline));
  mutex.Unlock();
  mutex.WriterLockWhen(always);
  mutex.WriterUnlock();
  EXPECT_TRUE(mutex.WriterLockWhenWithTimeout(always, kLimit));
  mutex.WriterUnlock();
  EXPECT_TRUE(mutex.WriterLockWhenWithDeadline(always, deadline));
  mutex.WriterUnlock();
  mutex.ReaderLockWhen(always);
  mutex.ReaderUnlock();
  EXPECT_TRUE(mutex.ReaderLockWhenWithTimeout(always, kLimit));
  mutex.ReaderUnlock();
  EXPECT_TRUE(mutex.ReaderLockWhenWithDeadline(always, deadline));
  mutex.ReaderUnlock();
}

TEST(AbslNamesTest, EveryConditionIsThere) {
  struct Number {
    bool IsPositive() const { return value > 0; }
    bool Decrease() { return --value > 0; }
    int value = 2;
  } number;
  const bool flag = true;
  const auto positive = [&number] { return number.value > 0; };
  const absl::Condition conditions[] = {
      absl::Condition([](void* of) { return of != nullptr; }, &number),
      absl::Condition(
          +[](Number* of) { return of->value > 0; }, &number),
      absl::Condition(&number, &Number::IsPositive),
      absl::Condition(&number, &Number::Decrease),
      absl::Condition(&flag),
      absl::Condition(&positive),
      absl::Condition::kTrue,
  };
  for (const absl::Condition& condition : conditions) {
    EXPECT_TRUE(condition.Eval());
    EXPECT_TRUE(absl::Condition::GuaranteedEqual(&condition, &condition));
  }
}

template <typename Guard>
void HoldByPointer(void (absl::Mutex::*assert_held)() const) {
  absl::Mutex mutex;
  {
    Guard guard(&mutex);
    (mutex.*assert_held)();
  }
  mutex.AssertNotHeld();
  {
    Guard guard(&mutex, absl::Condition::kTrue);
    (mutex.*assert_held)();
  }
  if (!mutex.TryLock()) FAIL();
  mutex.Unlock();
}

TEST(AbslNamesTest, EveryGuardIsThere) {
  HoldByPointer<absl::MutexLock>(&absl::Mutex::AssertHeld);
  HoldByPointer<absl::WriterMutexLock>(&absl::Mutex::AssertHeld);
  HoldByPointer<absl::ReaderMutexLock>(&absl::Mutex::AssertReaderHeld);
  HoldByPointer<absl::MutexLockMaybe>(&absl::Mutex::AssertHeld);
  HoldByPointer<absl::ReleasableMutexLock>(&absl::Mutex::AssertHeld);
  absl::Mutex mutex;
  absl::MutexLockMaybe nothing(nullptr);
  absl::ReleasableMutexLock lock(&mutex);
  lock.Release();
  if (!mutex.TryLock()) FAIL();
  mutex.Unlock();
}

TEST(AbslNamesTest, EveryWayToWaitForASignalIsThere) {
  absl::Mutex mutex;
  absl::CondVar changed;
  bool ready = false;
  std::thread signalling([&] {
    absl::MutexLock lock(&mutex);
    ready = true;
    changed.Signal();
    changed.SignalAll();
  });
  {
    absl::MutexLock lock(&mutex);
    while (!ready) changed.Wait(&mutex);
    EXPECT_TRUE(changed.WaitWithTimeout(&mutex, absl::Milliseconds(1)));
    EXPECT_TRUE(changed.WaitWithDeadline(&mutex, absl::Now()));
  }
  signalling.join();
}

TEST(AbslNamesTest, SpinLocksAreSwitchedToo) {
  absl::base_internal::SpinLock lock(absl::base_internal::SCHEDULE_KERNEL_ONLY);
  absl::base_internal::SpinLockHolder holder(&lock);
  EXPECT_TRUE(lock.IsHeld());
  EXPECT_FALSE(lock.TryLock());
  EXPECT_EQ(
      (std::is_same_v<absl::base_internal::SpinLock, slicelock::SpinLock>),
      SWITCHED_TO_SLICELOCK);
}

TEST(AbslNamesTest, TheRestIsAbseils) {
  ::absl::Notification of_abseil;
  absl::Notification& also = of_abseil;
  also.Notify();
  EXPECT_TRUE(of_abseil.HasBeenNotified());
}

TEST(AbslNamesTest, WhatWatchesLocksHasItsNamesToo) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kReport);
  absl::EnableMutexInvariantDebugging(true);
  absl::RegisterMutexProfiler([](int64_t) {});
  absl::RegisterMutexTracer([](const char*, const void*, int64_t) {});
  absl::RegisterCondVarTracer([](const char*, const void*) {});
  absl::base_internal::RegisterSpinLockProfiler([](const void*, int64_t) {});
  absl::CondVar changed;
  changed.EnableDebugLog("changed");
  changed.Signal();
  absl::Mutex mutex;
  mutex.EnableDebugLog("mutex");
  mutex.EnableInvariantDebugging(
      [](void* times) { ++*static_cast<int*>(times); }, &times_checked);
  mutex.Lock();
  mutex.AssertHeld();
  mutex.AssertReaderHeld();
  mutex.Unlock();
  mutex.ForgetDeadlockInfo();
  EXPECT_GT(times_checked, 0);
  absl::Mutex::InternalAttemptToUseMutexInFatalSignalHandler();
}

}  // namespace
}  // namespace service
