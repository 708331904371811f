// A mutex whose holder keeps its CPU.
//
//   slicelock::Mutex mutex;
//   std::map<Key, Value> table ABSL_GUARDED_BY(mutex);
//
//   void Insert(Key key, Value value) {
//     slicelock::MutexLock lock(mutex);
//     table.emplace(std::move(key), std::move(value));
//   }
//
// A thread can wait until what the mutex guards is as it wants it:
//
//   mutex.LockWhen(slicelock::Condition(+[](Table* t) { return !t->empty(); },
//                                       &table));
//
// Threads that only read can hold it together, with ReaderMutexLock. The
// standard's std::lock_guard, std::unique_lock, std::scoped_lock and
// std::shared_lock do as well.
//
// Its holder asks the kernel not to be preempted for the few microseconds it
// needs (see locks/slice_section.h; 5 us by default), where the kernel offers
// that; GetStatus() in rseq_abi/status.h tells. Elsewhere it is a plain mutex.
//
// Guarantees:
//   - Size: 8 bytes. Construction is constexpr, destruction trivial (but in
//     debug builds and for ThreadSanitizer), so globals are safe before and
//     after main().
//   - Cost: one atomic read-modify-write to acquire, a store to release (for
//     shared holders another read-modify-write), and what SliceSection costs.
//     No allocation, but that the first wait for a condition in a process may;
//     no system call while it is free, but for a thread's first lock and after
//     a grant.
//   - Waiting: looks at the mutex for 50 us at most, or not at all if others
//     wait already and it is seldom free for longer than it takes to hand it
//     over; then sleeps in the kernel (futex(2)). To share it, and for those
//     that share to go, it looks for 1000 of the processor's pauses, the former
//     not at all if others wait. One of those that wait comes back to look:
//     every 4 ms while the holder keeps it, every 0.2 to 1 ms while others take
//     it all the time: so late it finds that they have stopped, and as late is
//     a wake-up that a release has missed. No cancellation point.
//   - Fairness: a mutex that is wanted all the time goes to whoever comes when
//     it is free, for a turn, and at the first release after that to the one
//     that has waited longest, or nearly so. A turn lasts for some 2000
//     acquisitions at the pace at which those of an earlier one came, but for
//     1 ms at least, and for 2 ms where they would take more than 15. So a long
//     wait is rare, and lasts for about as many turns as threads wait, at worst
//     for some four times as many.
//     There is no order among those that need not sleep. While one waits for
//     those that share it to go, no other comes to share it.
//   - Conditions (see locks/condition.h): evaluated by whoever releases the
//     mutex after having held it exclusively, in the order of the waiters'
//     real-time priority and of their arrival. Of those that want it
//     exclusively one is woken at a time. While there are waiters a release
//     also takes a lock of the library's own, and what the conditions cost.
//   - Time limits: durations are of any unit; what is waited for is as late as
//     the kernel's timers, some tens of microseconds. If the time is up, or
//     was before, it is looked at for a moment all the same.
//   - Memory: what a holder wrote before it released is seen by the next.
//   - Signal handlers: may use try_lock(), try_lock_shared(), and what releases
//     it, if the thread has locked before, and nobody ever waits for a
//     condition of the mutex or on a CondVar with it.
//   - After fork(2) the child's copy is held if it was held; only the thread
//     that held it, if it is the one that lives on, may release it. If others
//     waited for it, try_lock() can fail in the child until lock() has
//     succeeded, which can take a moment (0.5 s at most, if nobody holds it).
//     If other threads were just acquiring it, or waited for those that share
//     it to go, the child's copy may be held by nobody, for ever.
//   - May be destroyed as soon as nobody holds it, waits for it or will acquire
//     it, even if the last unlock() has not returned yet.
//
// Not for memory that processes share.
//
// Misuse: it is not recursive; a thread that acquires it twice waits for ever,
// or, shared, may do so if another waits for it. Releasing it in another thread
// than the one that acquired it is undefined, and not noticed. Releasing it
// when it is free aborts with one line on standard error.
//
// Debug builds (Bazel's fastbuild and dbg) notice all that, and the destruction
// of a mutex that is held: they abort, with the mutex's name if it has one, and
// the stack. They also find orders of locks that may end in a deadlock; see
// locks/observe/deadlock_detection.h.
//
// The standard's TimedLockable and SharedTimedLockable.

#ifndef SLICELOCK_LOCKS_MUTEX_H_
#define SLICELOCK_LOCKS_MUTEX_H_

#include <chrono>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/config.h"
#include "absl/base/const_init.h"
#include "absl/base/optimization.h"
#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "locks/condition.h"
#include "locks/core/lock_waiters.h"
#include "locks/core/platform.h"
#include "locks/core/raw_shared_lock.h"
#include "locks/core/waiter.h"
#include "locks/deadline.h"
#include "locks/observe/checks.h"
#include "locks/observe/contention.h"
#include "locks/observe/deadlock_detection.h"
#include "locks/observe/fatal.h"
#include "locks/observe/hooks.h"
#include "locks/observe/lock_checks.h"
#include "locks/observe/lock_log.h"
#include "locks/observe/observe.h"
#include "locks/observe/tsan.h"

namespace slicelock {

class ABSL_LOCKABLE Mutex {
 public:
  constexpr Mutex() { observe::Create(this); }
  // The same, for code written for abseil.
  explicit constexpr Mutex(absl::ConstInitType) : Mutex() {}
#if SLICELOCK_CHECKS || defined(ABSL_HAVE_THREAD_SANITIZER)
  ~Mutex() { observe::Destroy(this, mutex_.held() || mutex_.shared()); }
#endif
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // Waits until the mutex is free and acquires it.
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    bool observed = false;
    observe::Acquire(this, [&] { observed = mutex_.lock(); });
    if (ABSL_PREDICT_FALSE(observed)) NoteAcquired("lock of");
  }

  // Releases the mutex.
  void unlock() ABSL_UNLOCK_FUNCTION() {
    if (ABSL_PREDICT_FALSE(!mutex_.held())) {
      Fatal("unlock() of a Mutex that nobody holds", this);
    }
    if (ABSL_PREDICT_FALSE(mutex_.more_to_release())) return UnlockUnusually();
    observe::Release(this, [this] { mutex_.UnlockUncontended(); });
  }

  // Acquires the mutex if it is free, and not about to go to a thread that has
  // waited for long. Returns whether it did.
  ABSL_MUST_USE_RESULT bool try_lock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return NoteTry("try_lock of", observe::TryAcquire(this, [this] {
                     return mutex_.try_lock();
                   }));
  }

  // Waits until the mutex is free and acquires it, for so long at most, or
  // until a time of a clock of the standard's. Returns whether it did.
  template <typename Rep, typename Period>
  ABSL_MUST_USE_RESULT bool try_lock_for(
      const std::chrono::duration<Rep, Period>& limit)
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return TryUntil<tsan::kExclusive>(DeadlineIn(limit));
  }
  template <typename Clock, typename Duration>
  ABSL_MUST_USE_RESULT bool try_lock_until(
      const std::chrono::time_point<Clock, Duration>& deadline)
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return TryUntilTimeOf<Clock>(deadline, [this](int64_t by) {
      return TryUntil<tsan::kExclusive>(by);
    });
  }

  // The same for a share of the mutex: others can have one at the same time.
  void lock_shared() ABSL_SHARED_LOCK_FUNCTION() {
    observe::Acquire<tsan::kShared>(this, [this] { mutex_.lock_shared(); });
    if (ABSL_PREDICT_FALSE(mutex_.observed())) NoteAcquired("lock_shared of");
  }
  void unlock_shared() ABSL_UNLOCK_FUNCTION() {
    if (ABSL_PREDICT_FALSE(!mutex_.shared())) {
      Fatal("unlock_shared() of a Mutex that nobody shares", this);
    }
    if (ABSL_PREDICT_FALSE(mutex_.observed())) NoteRelease("unlock_shared of");
    observe::Release<tsan::kShared>(this, [this] { mutex_.unlock_shared(); });
  }
  ABSL_MUST_USE_RESULT bool try_lock_shared()
      ABSL_SHARED_TRYLOCK_FUNCTION(true) {
    return NoteTry("try_lock_shared of",
                   observe::TryAcquire<tsan::kShared>(
                       this, [this] { return mutex_.try_lock_shared(); }));
  }
  template <typename Rep, typename Period>
  ABSL_MUST_USE_RESULT bool try_lock_shared_for(
      const std::chrono::duration<Rep, Period>& limit)
      ABSL_SHARED_TRYLOCK_FUNCTION(true) {
    return TryUntil<tsan::kShared>(DeadlineIn(limit));
  }
  template <typename Clock, typename Duration>
  ABSL_MUST_USE_RESULT bool try_lock_shared_until(
      const std::chrono::time_point<Clock, Duration>& deadline)
      ABSL_SHARED_TRYLOCK_FUNCTION(true) {
    return TryUntilTimeOf<Clock>(
        deadline, [this](int64_t by) { return TryUntil<tsan::kShared>(by); });
  }

  // As a holder: waits until `condition` holds, letting go of the mutex
  // meanwhile. With a limit it returns, then at the latest, whether it holds.
  void Await(const Condition& condition) {
    AwaitUntil(condition, mutex_.hold(), kNever);
  }
  bool AwaitWithTimeout(const Condition& condition, absl::Duration limit) {
    return AwaitUntil(condition, mutex_.hold(), DeadlineIn(limit));
  }
  bool AwaitWithDeadline(const Condition& condition, absl::Time deadline) {
    return AwaitUntilTime(condition, mutex_.hold(), deadline);
  }

  // Acquires the mutex, and waits as Await() does. (The limit is for the
  // condition: in the end, the caller holds the mutex, however late.)
  void LockWhen(const Condition& condition) ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    lock();
    AwaitUntil(condition, Hold::kExclusive, kNever);
  }
  bool LockWhenWithTimeout(const Condition& condition, absl::Duration limit)
      ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    const int64_t deadline = DeadlineIn(limit);
    lock();
    return AwaitUntil(condition, Hold::kExclusive, deadline);
  }
  bool LockWhenWithDeadline(const Condition& condition, absl::Time deadline)
      ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    lock();
    return AwaitUntilTime(condition, Hold::kExclusive, deadline);
  }
  void ReaderLockWhen(const Condition& condition) ABSL_SHARED_LOCK_FUNCTION() {
    lock_shared();
    AwaitUntil(condition, Hold::kShared, kNever);
  }
  bool ReaderLockWhenWithTimeout(const Condition& condition,
                                 absl::Duration limit)
      ABSL_SHARED_LOCK_FUNCTION() {
    const int64_t deadline = DeadlineIn(limit);
    lock_shared();
    return AwaitUntil(condition, Hold::kShared, deadline);
  }
  bool ReaderLockWhenWithDeadline(const Condition& condition,
                                  absl::Time deadline)
      ABSL_SHARED_LOCK_FUNCTION() {
    lock_shared();
    return AwaitUntilTime(condition, Hold::kShared, deadline);
  }
  void WriterLockWhen(const Condition& condition)
      ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    LockWhen(condition);
  }
  bool WriterLockWhenWithTimeout(const Condition& condition,
                                 absl::Duration limit)
      ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    return LockWhenWithTimeout(condition, limit);
  }
  bool WriterLockWhenWithDeadline(const Condition& condition,
                                  absl::Time deadline)
      ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    return LockWhenWithDeadline(condition, deadline);
  }

  // Aborts unless some thread holds the mutex.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {
    if (ABSL_PREDICT_FALSE(!mutex_.held())) {
      Fatal("AssertHeld() on a Mutex that nobody holds", this);
    }
    lock_checks::AssertHeld(this);
  }

  // Aborts, in debug builds, if this thread holds the mutex or a share of it.
  void AssertNotHeld() const { lock_checks::AssertNotHeld(this); }

  // Lets the mutex have another place in the order in which locks are acquired
  // (see locks/observe/deadlock_detection.h).
  void ForgetDeadlockInfo() { deadlock_detection::Forget(this); }

  // For code that calls abseil's: a handler of a fatal signal is about to use
  // mutexes, whose order is of no interest any more.
  static void InternalAttemptToUseMutexInFatalSignalHandler() {
    SetMutexDeadlockDetectionMode(OnDeadlockCycle::kIgnore);
  }

  // Aborts unless some thread holds the mutex, or a share of it. Debug builds
  // abort, too, if another thread holds it alone.
  void AssertReaderHeld() const ABSL_ASSERT_SHARED_LOCK() {
    if (mutex_.shared()) return;
    if (ABSL_PREDICT_FALSE(!mutex_.held())) {
      Fatal("AssertReaderHeld() on a Mutex that nobody holds", this);
    }
    lock_checks::AssertReaderHeld(this);
  }

  // Writes a line to standard error, from now on, for whatever is done to the
  // mutex. It goes by `name` there, and in messages about misuse; of several
  // names, by the first. For debugging: it takes long, and memory. If there
  // are more than some ten thousand mutexes with a log or an invariant, others
  // lose theirs.
  void EnableDebugLog(const char* name) {
    lock_log::Enable(this, name, /*anew=*/!mutex_.observed());
    mutex_.SetObserved();
  }

  // Calls `invariant(argument)`, from now on, as the mutex has been acquired,
  // and before it is released; if EnableMutexInvariantDebugging(true) was
  // called before (see locks/observe/lock_log.h). It should abort if what the
  // mutex guards is not as it should be.
  void EnableInvariantDebugging(void (*invariant)(void*), void* argument) {
    if (lock_log::SetInvariant(this, invariant, argument,
                               /*anew=*/!mutex_.observed())) {
      mutex_.SetObserved();
    }
  }

  // The same under abseil's names.
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { unlock(); }
  ABSL_MUST_USE_RESULT bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return try_lock();
  }
  void WriterLock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { lock(); }
  void WriterUnlock() ABSL_UNLOCK_FUNCTION() { unlock(); }
  ABSL_MUST_USE_RESULT bool WriterTryLock()
      ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return try_lock();
  }
  void ReaderLock() ABSL_SHARED_LOCK_FUNCTION() { lock_shared(); }
  void ReaderUnlock() ABSL_UNLOCK_FUNCTION() { unlock_shared(); }
  ABSL_MUST_USE_RESULT bool ReaderTryLock() ABSL_SHARED_TRYLOCK_FUNCTION(true) {
    return try_lock_shared();
  }

 private:
  template <tsan::Mode mode>
  bool TryUntil(int64_t deadline) {
    return NoteTry(mode == tsan::kShared ? "try_lock_shared_until of"
                                         : "try_lock_until of",
                   observe::TryAcquireInTime<mode>(this, [this, deadline] {
                     return mode == tsan::kShared
                                ? mutex_.lock_shared_until(deadline)
                                : mutex_.lock_until(deadline);
                   }));
  }

  // For a mutex that is observed.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void NoteAcquired(
      const char* event) {
    mutex_.SetObserved();
    lock_log::NoteAndCheck(this, event);
  }
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void NoteRelease(
      const char* event) {
    lock_log::NoteAndCheck(this, event);
  }
  bool NoteTry(const char* event, bool acquired) {
    if (ABSL_PREDICT_FALSE(mutex_.observed())) {
      acquired ? NoteAcquired(event) : lock_log::Note(this, "no success with");
    }
    return acquired;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void UnlockUnusually()
      ABSL_UNLOCK_FUNCTION() {
    const contention::SlowRelease slow(hooks::Kind::kMutex, this);
    if (mutex_.observed()) NoteRelease("unlock of");
    // Within a release ThreadSanitizer takes no notice of what Conditions read.
    if constexpr (tsan::kPresent) mutex_.waiters().EvaluateAhead();
    observe::Release(this, [this] { mutex_.unlock(); });
  }

  friend class CondVar;

  // The mutex as the waiting algorithms see it. Sanitizers see what they do.
  struct Annotated {
    void Acquire(Hold hold) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      hold == Hold::kShared ? mutex.lock_shared() : mutex.lock();
    }
    void Release(Hold hold) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      hold == Hold::kShared ? mutex.unlock_shared() : mutex.unlock();
    }
    LockWaiters<LinuxPlatform> waiters() { return mutex.mutex_.waiters(); }

    Mutex& mutex;
  };

  bool AwaitUntil(const Condition& condition, Hold hold, int64_t deadline) {
    Annotated lock{*this};
    return slicelock::AwaitUntil<LinuxPlatform>(lock, condition, hold,
                                                deadline);
  }
  bool AwaitUntilTime(const Condition& condition, Hold hold,
                      absl::Time deadline) {
    return TryUntilTimeOf<AbseilClock>(
        deadline, [&](int64_t by) { return AwaitUntil(condition, hold, by); });
  }

  RawSharedLock<LinuxPlatform> mutex_;
};

// Holds a Mutex for as long as it lives; from when the condition holds, if it
// is given one.
class ABSL_SCOPED_LOCKABLE [[nodiscard]] MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_.lock();
  }
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : MutexLock(*mutex) {}
  MutexLock(Mutex& mutex, const Condition& condition)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_.LockWhen(condition);
  }
  MutexLock(Mutex* mutex, const Condition& condition)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : MutexLock(*mutex, condition) {}
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

using WriterMutexLock = MutexLock;

// The same for a share of a Mutex.
class ABSL_SCOPED_LOCKABLE [[nodiscard]] ReaderMutexLock {
 public:
  explicit ReaderMutexLock(Mutex& mutex) ABSL_SHARED_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_.lock_shared();
  }
  explicit ReaderMutexLock(Mutex* mutex) ABSL_SHARED_LOCK_FUNCTION(mutex)
      : ReaderMutexLock(*mutex) {}
  ReaderMutexLock(Mutex& mutex, const Condition& condition)
      ABSL_SHARED_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_.ReaderLockWhen(condition);
  }
  ReaderMutexLock(Mutex* mutex, const Condition& condition)
      ABSL_SHARED_LOCK_FUNCTION(mutex)
      : ReaderMutexLock(*mutex, condition) {}
  ~ReaderMutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock_shared(); }
  ReaderMutexLock(const ReaderMutexLock&) = delete;
  ReaderMutexLock& operator=(const ReaderMutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Holds a Mutex, unless it was given a null pointer.
class ABSL_SCOPED_LOCKABLE [[nodiscard]] MutexLockMaybe {
 public:
  explicit MutexLockMaybe(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    if (mutex_ != nullptr) mutex_->lock();
  }
  explicit MutexLockMaybe(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : MutexLockMaybe(&mutex) {}
  MutexLockMaybe(Mutex* mutex, const Condition& condition)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    if (mutex_ != nullptr) mutex_->LockWhen(condition);
  }
  MutexLockMaybe(Mutex& mutex, const Condition& condition)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : MutexLockMaybe(&mutex, condition) {}
  ~MutexLockMaybe() ABSL_UNLOCK_FUNCTION() {
    if (mutex_ != nullptr) mutex_->unlock();
  }
  MutexLockMaybe(const MutexLockMaybe&) = delete;
  MutexLockMaybe& operator=(const MutexLockMaybe&) = delete;

 private:
  Mutex* const mutex_;
};

// Holds a Mutex until Release() is called, or else for as long as it lives.
class ABSL_SCOPED_LOCKABLE [[nodiscard]] ReleasableMutexLock {
 public:
  explicit ReleasableMutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(&mutex) {
    mutex_->lock();
  }
  explicit ReleasableMutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : ReleasableMutexLock(*mutex) {}
  ReleasableMutexLock(Mutex& mutex, const Condition& condition)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(&mutex) {
    mutex_->LockWhen(condition);
  }
  ReleasableMutexLock(Mutex* mutex, const Condition& condition)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : ReleasableMutexLock(*mutex, condition) {}
  ~ReleasableMutexLock() ABSL_UNLOCK_FUNCTION() {
    if (mutex_ != nullptr) mutex_->unlock();
  }
  ReleasableMutexLock(const ReleasableMutexLock&) = delete;
  ReleasableMutexLock& operator=(const ReleasableMutexLock&) = delete;

  // Once at most.
  void Release() ABSL_UNLOCK_FUNCTION() {
    if (ABSL_PREDICT_FALSE(mutex_ == nullptr)) {
      Fatal("Release() of a ReleasableMutexLock that was released", this);
    }
    mutex_->unlock();
    mutex_ = nullptr;
  }

 private:
  Mutex* mutex_;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_MUTEX_H_
