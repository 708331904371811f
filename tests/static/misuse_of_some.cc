// The same as misuse.cc, for what only some of the locks have. A template warns
// once for each lock, or holder, that it is instantiated with.

#include <chrono>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "locks/condition.h"
#include "locks/extended.h"
#include "locks/mutex.h"
#include "locks/recursive_mutex.h"
#include "locks/spinlock.h"

namespace slicelock {

constexpr std::chrono::milliseconds kMoment(1);

std::chrono::steady_clock::time_point Soon() {
  return std::chrono::steady_clock::now() + kMoment;
}

void Use(int) {}

// The standard's TimedLockable.
template <typename Lock>
struct Timed {
  void Access() {
    lock.lock();
    ++guarded;
    lock.unlock();
    ++guarded;  // expected-warning 3 {{requires holding mutex 'lock'}}
  }

  void Try() {
    if (lock.try_lock()) {
      ++guarded;
      lock.unlock();
    } else if (lock.try_lock_for(kMoment)) {
      ++guarded;
      lock.unlock();
    } else if (lock.try_lock_until(Soon())) {
      ++guarded;
      lock.unlock();
    } else {
      ++guarded;  // expected-warning 3 {{requires holding mutex 'lock'}}
    }
  }

  void TryUnchecked() {
    lock.try_lock();              // expected-warning 3 {{ignoring}}
    lock.try_lock_for(kMoment);   // expected-warning 3 {{ignoring}}
    lock.try_lock_until(Soon());  // expected-warning 3 {{ignoring}}
  }

  Lock lock;
  int guarded ABSL_GUARDED_BY(lock);
};

template struct Timed<Extended<Mutex>>;  // expected-note + {{here}}
template struct Timed<Mutex>;            // expected-note + {{here}}
template struct Timed<RecursiveMutex>;   // expected-note + {{here}}

// Its SharedTimedLockable.
template <typename Lock>
struct Shared {
  void Access() {
    lock.lock_shared();
    Use(guarded);
    ++guarded;  // expected-warning 2 {{holding mutex 'lock' exclusively}}
    lock.unlock_shared();
    Use(guarded);  // expected-warning 2 {{requires holding mutex 'lock'}}
  }

  void ShareNoMore() {
    lock.lock_shared();  // expected-note 2 {{mutex acquired here}}
  }  // expected-warning 2 {{mutex 'lock' is still held at the end of function}}

  void ShareTwice() {
    lock.lock_shared();  // expected-note 2 {{mutex acquired here}}
    lock.lock_shared();  // expected-warning 2 {{'lock' that is already held}}
    lock.unlock_shared();
  }

  void Try() {
    if (lock.try_lock_shared()) {
      Use(guarded);
      ++guarded;  // expected-warning 2 {{holding mutex 'lock' exclusively}}
      lock.unlock_shared();
    } else if (lock.try_lock_shared_for(kMoment)) {
      Use(guarded);
      ++guarded;  // expected-warning 2 {{holding mutex 'lock' exclusively}}
      lock.unlock_shared();
    } else if (lock.try_lock_shared_until(Soon())) {
      Use(guarded);
      ++guarded;  // expected-warning 2 {{holding mutex 'lock' exclusively}}
      lock.unlock_shared();
    } else {
      Use(guarded);  // expected-warning 2 {{requires holding mutex 'lock'}}
    }
  }

  void TryUnchecked() {
    lock.try_lock_shared();              // expected-warning 2 {{ignoring}}
    lock.try_lock_shared_for(kMoment);   // expected-warning 2 {{ignoring}}
    lock.try_lock_shared_until(Soon());  // expected-warning 2 {{ignoring}}
  }

  Lock lock;
  int guarded ABSL_GUARDED_BY(lock);
};

template struct Shared<Extended<Mutex>>;  // expected-note + {{here}}
template struct Shared<Mutex>;            // expected-note + {{here}}

// Mutex by itself.
Mutex mutex;
int guarded ABSL_GUARDED_BY(mutex);

void AccessByAbseilsName() {
  mutex.ReaderLock();
  Use(guarded);
  ++guarded;  // expected-warning {{requires holding mutex 'mutex' exclusively}}
  mutex.ReaderUnlock();
  mutex.WriterLock();
  ++guarded;
  mutex.WriterUnlock();
  Use(guarded);  // expected-warning {{requires holding mutex 'mutex'}}
}

void TryByAbseilsName() {
  if (mutex.WriterTryLock()) {
    ++guarded;
    mutex.WriterUnlock();
  } else if (mutex.ReaderTryLock()) {
    Use(guarded);
    ++guarded;  // expected-warning {{holding mutex 'mutex' exclusively}}
    mutex.ReaderUnlock();
  } else {
    Use(guarded);  // expected-warning {{requires holding mutex 'mutex'}}
  }
}

void TryUncheckedByAbseilsName() {
  mutex.WriterTryLock();  // expected-warning {{ignoring return value}}
  mutex.ReaderTryLock();  // expected-warning {{ignoring return value}}
}

void LockWhen() {
  mutex.LockWhen(Condition::kTrue);
  ++guarded;
  mutex.unlock();
  mutex.LockWhenWithTimeout(Condition::kTrue, absl::Seconds(1));
  ++guarded;
  mutex.unlock();
  mutex.LockWhenWithDeadline(Condition::kTrue, absl::InfiniteFuture());
  ++guarded;
  mutex.unlock();
  ++guarded;  // expected-warning {{requires holding mutex 'mutex'}}
}

void WriterLockWhen() {
  mutex.WriterLockWhen(Condition::kTrue);
  ++guarded;
  mutex.unlock();
  mutex.WriterLockWhenWithTimeout(Condition::kTrue, absl::Seconds(1));
  ++guarded;
  mutex.unlock();
  mutex.WriterLockWhenWithDeadline(Condition::kTrue, absl::InfiniteFuture());
  ++guarded;
  mutex.unlock();
  ++guarded;  // expected-warning {{requires holding mutex 'mutex'}}
}

void ReaderLockWhen() {
  mutex.ReaderLockWhen(Condition::kTrue);
  ++guarded;  // expected-warning {{requires holding mutex 'mutex' exclusively}}
  mutex.unlock_shared();
  mutex.ReaderLockWhenWithTimeout(Condition::kTrue, absl::Seconds(1));
  ++guarded;  // expected-warning {{requires holding mutex 'mutex' exclusively}}
  mutex.unlock_shared();
  mutex.ReaderLockWhenWithDeadline(Condition::kTrue, absl::InfiniteFuture());
  ++guarded;  // expected-warning {{requires holding mutex 'mutex' exclusively}}
  mutex.unlock_shared();
  Use(guarded);  // expected-warning {{requires holding mutex 'mutex'}}
}

void AssertShare() {
  mutex.AssertReaderHeld();
  Use(guarded);
  ++guarded;  // expected-warning {{requires holding mutex 'mutex' exclusively}}
}

// A Mutex's holders, by reference and by pointer, with and without a condition.
constexpr const Condition& kTrue = Condition::kTrue;

template <typename Holder, const auto&... condition>
void Hold() {
  {
    Holder holder(mutex, condition...);
    ++guarded;
  }
  ++guarded;  // expected-warning 6 {{requires holding mutex 'mutex'}}
  {
    Holder holder(&mutex, condition...);
    ++guarded;
  }
  ++guarded;  // expected-warning 6 {{requires holding mutex 'mutex'}}
}

template void Hold<MutexLock>();                   // expected-note + {{here}}
template void Hold<MutexLock, kTrue>();            // expected-note + {{here}}
template void Hold<MutexLockMaybe>();              // expected-note + {{here}}
template void Hold<MutexLockMaybe, kTrue>();       // expected-note + {{here}}
template void Hold<ReleasableMutexLock>();         // expected-note + {{here}}
template void Hold<ReleasableMutexLock, kTrue>();  // expected-note + {{here}}

template <typename Holder, const auto&... condition>
void HoldShare() {
  {
    Holder holder(mutex, condition...);
    Use(guarded);
    ++guarded;  // expected-warning 2 {{holding mutex 'mutex' exclusively}}
  }
  Use(guarded);  // expected-warning 2 {{requires holding mutex 'mutex'}}
  {
    Holder holder(&mutex, condition...);
    Use(guarded);
    ++guarded;  // expected-warning 2 {{holding mutex 'mutex' exclusively}}
  }
  Use(guarded);  // expected-warning 2 {{requires holding mutex 'mutex'}}
}

template void HoldShare<ReaderMutexLock>();         // expected-note + {{here}}
template void HoldShare<ReaderMutexLock, kTrue>();  // expected-note + {{here}}

void HoldUntilReleased() {
  ReleasableMutexLock lock(mutex);
  ++guarded;
  lock.Release();  // expected-note {{mutex released here}}
  ++guarded;       // expected-warning {{requires holding mutex 'mutex'}}
  lock.Release();  // expected-warning {{'mutex' that was not held}}
}

void HoldForNoTime() {
  ReaderMutexLock{mutex};      // expected-warning {{ignoring temporary}}
  MutexLockMaybe{mutex};       // expected-warning {{ignoring temporary}}
  ReleasableMutexLock{mutex};  // expected-warning {{ignoring temporary}}
}

// SpinLock by itself.
void AskInVain(const SpinLock& lock) {
  lock.IsHeld();  // expected-warning {{ignoring return value}}
}

}  // namespace slicelock
