// The same as misuse.cc, for what only Mutex has, and for locks made of it.

#include <chrono>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "locks/condition.h"
#include "locks/extended.h"
#include "locks/mutex.h"
#include "locks/recursive_mutex.h"

namespace slicelock {

constexpr std::chrono::milliseconds kMoment(1);

Mutex mutex;
int guarded ABSL_GUARDED_BY(mutex);

void Use(int) {}

void Share() {
  mutex.lock_shared();
  Use(guarded);
  ++guarded;  // expected-warning {{requires holding mutex 'mutex' exclusively}}
  mutex.unlock_shared();
  Use(guarded);  // expected-warning {{requires holding mutex 'mutex'}}
}

void ShareByAbseilsName() {
  mutex.ReaderLock();
  Use(guarded);
  ++guarded;  // expected-warning {{requires holding mutex 'mutex' exclusively}}
  mutex.ReaderUnlock();
  mutex.WriterLock();
  ++guarded;
  mutex.WriterUnlock();
}

void ShareNoMore() {
  mutex.lock_shared();  // expected-note {{mutex acquired here}}
}  // expected-warning {{mutex 'mutex' is still held at the end of function}}

void ShareTwice() {
  mutex.lock_shared();  // expected-note {{mutex acquired here}}
  mutex.lock_shared();  // expected-warning {{'mutex' that is already held}}
  mutex.unlock_shared();
}

void TryToShare() {
  if (mutex.try_lock_shared()) {
    Use(guarded);
    mutex.unlock_shared();
  } else if (mutex.try_lock_shared_for(kMoment)) {
    Use(guarded);
    mutex.unlock_shared();
  } else if (mutex.try_lock_shared_until(std::chrono::steady_clock::now())) {
    Use(guarded);
    mutex.unlock_shared();
  } else {
    Use(guarded);  // expected-warning {{requires holding mutex 'mutex'}}
  }
}

void TryForAWhile() {
  if (mutex.try_lock_for(kMoment)) {
    ++guarded;
    mutex.unlock();
  } else if (mutex.try_lock_until(std::chrono::steady_clock::now())) {
    ++guarded;
    mutex.unlock();
  } else {
    ++guarded;  // expected-warning {{requires holding mutex 'mutex'}}
  }
}

void TryUnchecked() {
  mutex.try_lock_for(kMoment);         // expected-warning {{ignoring return}}
  mutex.try_lock_shared();             // expected-warning {{ignoring return}}
  mutex.try_lock_shared_for(kMoment);  // expected-warning {{ignoring return}}
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

void HoldToShare() {
  {
    ReaderMutexLock lock(mutex);
    Use(guarded);
    ++guarded;  // expected-warning {{holding mutex 'mutex' exclusively}}
  }
  Use(guarded);  // expected-warning {{requires holding mutex 'mutex'}}
}

void HoldWhen() {
  {
    MutexLock lock(mutex, Condition::kTrue);
    ++guarded;
  }
  {
    ReaderMutexLock lock(&mutex, Condition::kTrue);
    ++guarded;  // expected-warning {{holding mutex 'mutex' exclusively}}
  }
  ++guarded;  // expected-warning {{requires holding mutex 'mutex'}}
}

void HoldMaybe() {
  {
    MutexLockMaybe lock(&mutex);
    ++guarded;
  }
  ++guarded;  // expected-warning {{requires holding mutex 'mutex'}}
}

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

template <typename Lock>
struct MadeOfMutex {
  void Access() {
    lock.lock();
    ++guarded;
    lock.unlock();
    ++guarded;  // expected-warning 2 {{requires holding mutex 'lock'}}
  }
  void Try() {
    if (lock.try_lock()) {
      ++guarded;
      lock.unlock();
    } else if (lock.try_lock_for(kMoment)) {
      ++guarded;
      lock.unlock();
    } else {
      ++guarded;  // expected-warning 2 {{requires holding mutex 'lock'}}
    }
  }

  Lock lock;
  int guarded ABSL_GUARDED_BY(lock);
};

template struct MadeOfMutex<RecursiveMutex>;   // expected-note 2 {{here}}
template struct MadeOfMutex<Extended<Mutex>>;  // expected-note 2 {{here}}

}  // namespace slicelock
