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

TEST(AbslNamesTest, SpinLocksAreSwitchedToo) {
  absl::base_internal::SpinLock lock(absl::base_internal::SCHEDULE_KERNEL_ONLY);
  absl::base_internal::SpinLockHolder holder(&lock);
  EXPECT_TRUE(lock.IsHeld());
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
  absl::Mutex mutex;
  mutex.EnableInvariantDebugging(
      [](void* times) { ++*static_cast<int*>(times); }, &times_checked);
  mutex.Lock();
  mutex.AssertHeld();
  mutex.AssertReaderHeld();
  mutex.Unlock();
  mutex.ForgetDeadlockInfo();
  EXPECT_GT(times_checked, 0);
}

}  // namespace
}  // namespace service
