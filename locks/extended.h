// Any lock, with holders that keep their CPU.
//
//   slicelock::Extended<std::mutex> mutex;
//   slicelock::Extended<absl::Mutex> absl_mutex;
//   slicelock::Extended<tbb::spin_rw_mutex> shared;
//
//   std::lock_guard lock(mutex);
//
// It has what the standard calls Lockable, or TimedLockable, or SharedLockable,
// as far as the lock in it has that, or the like under abseil's names. What the
// lock guarantees, it does; its size is the lock's.
//
// The lock is tried for with a request for an extension. If it is not free, the
// thread waits in the lock's own way, without a request: a waiter must not hold
// on to a CPU, and it may make system calls. It requests when it has the lock,
// and withdraws the request just before it releases it, so it can be preempted
// in between, which a holder of this library's locks cannot.
//
// Cost: a try, and what SliceSection costs (see locks/slice_section.h).
//
// A lock that throws in lock() ends the process.
//
// Not for a condition variable of the lock's own, whose wait would release the
// lock inside the section; std::condition_variable_any is one for every lock.

#ifndef SLICELOCK_LOCKS_EXTENDED_H_
#define SLICELOCK_LOCKS_EXTENDED_H_

#include <cstdint>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/base/thread_annotations.h"
#include "locks/slice_section.h"

namespace slicelock {

template <typename Lock>
class ABSL_LOCKABLE Extended {
 public:
  // From what the lock is made from.
  template <typename... Arguments,
            typename =
                std::enable_if_t<std::is_constructible_v<Lock, Arguments&&...>>>
  constexpr explicit Extended(Arguments&&... arguments)
      : lock_(std::forward<Arguments>(arguments)...) {}
  Extended(const Extended&) = delete;
  Extended& operator=(const Extended&) = delete;

  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    Acquire([this] { return Try(lock_); }, [this] { Wait(lock_); });
  }
  ABSL_MUST_USE_RESULT bool try_lock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return InSection([this] { return Try(lock_); });
  }
  void unlock() ABSL_UNLOCK_FUNCTION() {
    SliceSection::LeaveThrough([this] { Release(lock_); });
  }

  template <typename Duration>
  ABSL_MUST_USE_RESULT bool try_lock_for(const Duration& limit)
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return AcquireInTime([this] { return Try(lock_); },
                         [&] { return lock_.try_lock_for(limit); });
  }
  template <typename Time>
  ABSL_MUST_USE_RESULT bool try_lock_until(const Time& deadline)
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return AcquireInTime([this] { return Try(lock_); },
                         [&] { return lock_.try_lock_until(deadline); });
  }

  void lock_shared() ABSL_SHARED_LOCK_FUNCTION() {
    Acquire([this] { return TryShared(lock_); }, [this] { WaitShared(lock_); });
  }
  ABSL_MUST_USE_RESULT bool try_lock_shared()
      ABSL_SHARED_TRYLOCK_FUNCTION(true) {
    return InSection([this] { return TryShared(lock_); });
  }
  void unlock_shared() ABSL_UNLOCK_FUNCTION() {
    SliceSection::LeaveThrough([this] { ReleaseShared(lock_); });
  }

  template <typename Duration>
  ABSL_MUST_USE_RESULT bool try_lock_shared_for(const Duration& limit)
      ABSL_SHARED_TRYLOCK_FUNCTION(true) {
    return AcquireInTime([this] { return TryShared(lock_); },
                         [&] { return lock_.try_lock_shared_for(limit); });
  }
  template <typename Time>
  ABSL_MUST_USE_RESULT bool try_lock_shared_until(const Time& deadline)
      ABSL_SHARED_TRYLOCK_FUNCTION(true) {
    return AcquireInTime([this] { return TryShared(lock_); },
                         [&] { return lock_.try_lock_shared_until(deadline); });
  }

 private:
  // Enters a section if `acquire` returns true.
  template <typename F>
  static bool InSection(F&& acquire) {
    SliceSection::Enter();
    if (ABSL_PREDICT_TRUE(acquire())) return true;
    SliceSection::Leave();
    return false;
  }

  // Runs `wait` in no section, and enters one more if it returns true.
  template <typename F>
  ABSL_ATTRIBUTE_NOINLINE static bool OutOfSections(F&& wait) noexcept {
    SliceSection::Enter();
    const int32_t sections = SliceSection::LeaveAll();
    const bool acquired = wait();
    SliceSection::EnterAgain(acquired ? sections : sections - 1);
    return acquired;
  }

  template <typename F, typename G>
  static void Acquire(F&& try_lock, G&& wait) {
    if (ABSL_PREDICT_TRUE(InSection(try_lock))) return;
    OutOfSections([&wait] {
      wait();
      return true;
    });
  }

  template <typename F, typename G>
  static bool AcquireInTime(F&& try_lock, G&& wait) {
    return ABSL_PREDICT_TRUE(InSection(try_lock)) || OutOfSections(wait);
  }

  // Each under the name it has: the standard's if there is one, else abseil's,
  // whose overloads are the worse match. (Those of an annotated lock do what
  // their callers are said to do.)
  template <typename L>
  static auto Try(L& lock) -> decltype(lock.try_lock()) {
    return lock.try_lock();
  }
  template <typename L, typename... No>
  static auto Try(L& lock, No...) -> decltype(lock.TryLock()) {
    return lock.TryLock();
  }
  template <typename L>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto Wait(L& lock)
      -> decltype(lock.lock()) {
    lock.lock();
  }
  template <typename L, typename... No>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto Wait(L& lock, No...)
      -> decltype(lock.Lock()) {
    lock.Lock();
  }
  template <typename L>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto Release(L& lock)
      -> decltype(lock.unlock()) {
    lock.unlock();
  }
  template <typename L, typename... No>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto Release(L& lock, No...)
      -> decltype(lock.Unlock()) {
    lock.Unlock();
  }
  template <typename L>
  static auto TryShared(L& lock) -> decltype(lock.try_lock_shared()) {
    return lock.try_lock_shared();
  }
  template <typename L, typename... No>
  static auto TryShared(L& lock, No...) -> decltype(lock.ReaderTryLock()) {
    return lock.ReaderTryLock();
  }
  template <typename L>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto WaitShared(L& lock)
      -> decltype(lock.lock_shared()) {
    lock.lock_shared();
  }
  template <typename L, typename... No>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto WaitShared(L& lock, No...)
      -> decltype(lock.ReaderLock()) {
    lock.ReaderLock();
  }
  template <typename L>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto ReleaseShared(L& lock)
      -> decltype(lock.unlock_shared()) {
    lock.unlock_shared();
  }
  template <typename L, typename... No>
  ABSL_NO_THREAD_SAFETY_ANALYSIS static auto ReleaseShared(L& lock, No...)
      -> decltype(lock.ReaderUnlock()) {
    lock.ReaderUnlock();
  }

  Lock lock_;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_EXTENDED_H_
