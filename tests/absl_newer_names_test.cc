// Code written for abseil's newest releases, of which it has what the older
// one of the system has not.

#include <mutex>
#include <shared_mutex>

#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"

namespace service {
namespace {

TEST(AbslNewerNamesTest, LocksHaveTheStandardsNames) {
  absl::Mutex mutex;
  mutex.lock();
  mutex.unlock();
  if (!mutex.try_lock()) FAIL();
  mutex.unlock();
  mutex.lock_shared();
  mutex.unlock_shared();
  if (!mutex.try_lock_shared()) FAIL();
  mutex.unlock_shared();
  absl::base_internal::SpinLock spinlock;
  spinlock.lock();
  spinlock.unlock();
  if (!spinlock.try_lock()) FAIL();
  spinlock.unlock();
}

TEST(AbslNewerNamesTest, TheStandardsGuardsHoldThem) {
  absl::Mutex mutex;
  absl::base_internal::SpinLock spinlock;
  {
    const std::scoped_lock both(mutex, spinlock);
    mutex.AssertHeld();
    spinlock.AssertHeld();
  }
  const std::shared_lock<absl::Mutex> share(mutex);
  mutex.AssertReaderHeld();
}

template <typename Guard>
void HoldByReference(void (absl::Mutex::*assert_held)() const) {
  absl::Mutex mutex;
  {
    Guard guard(mutex);
    (mutex.*assert_held)();
  }
  {
    Guard guard(mutex, absl::Condition::kTrue);
    (mutex.*assert_held)();
  }
  if (!mutex.try_lock()) FAIL();
  mutex.unlock();
}

TEST(AbslNewerNamesTest, GuardsTakeAReference) {
  HoldByReference<absl::MutexLock>(&absl::Mutex::AssertHeld);
  HoldByReference<absl::WriterMutexLock>(&absl::Mutex::AssertHeld);
  HoldByReference<absl::ReaderMutexLock>(&absl::Mutex::AssertReaderHeld);
  HoldByReference<absl::ReleasableMutexLock>(&absl::Mutex::AssertHeld);
  HoldByReference<absl::MutexLockMaybe>(&absl::Mutex::AssertHeld);
  absl::base_internal::SpinLock spinlock;
  absl::base_internal::SpinLockHolder holder(spinlock);
  EXPECT_TRUE(spinlock.IsHeld());
}

TEST(AbslNewerNamesTest, AConditionsArgumentMayConvert) {
  struct Base {
    bool positive = true;
  };
  struct Derived : Base {
  } derived;
  EXPECT_TRUE(absl::Condition(
                  +[](Base* base) { return base->positive; }, &derived)
                  .Eval());
  EXPECT_TRUE(absl::Condition(
                  +[](Base* base) { return base == nullptr; }, nullptr)
                  .Eval());
}

}  // namespace
}  // namespace service
