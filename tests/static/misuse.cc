// Each annotation of a lock and its holder: beside each misuse that Clang must
// object to, code that it must leave alone. For its -verify, which knows what
// to expect from the comments. `LOCK` and `HOLDER` are given.

#include "absl/base/thread_annotations.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"

namespace slicelock {

LOCK lock;
LOCK other;
int guarded ABSL_GUARDED_BY(lock);

void Access() {
  lock.lock();
  ++guarded;
  lock.unlock();
  ++guarded;  // expected-warning {{requires holding mutex 'lock'}}
}

void AnotherLock() {
  other.lock();
  ++guarded;  // expected-warning {{requires holding mutex 'lock'}}
  other.unlock();
}

void LockTwice() {
  lock.lock();  // expected-note {{mutex acquired here}}
  lock.lock();  // expected-warning {{'lock' that is already held}}
  lock.unlock();
}

void LockTwiceByAbseilsName() {
  lock.Lock();  // expected-note {{mutex acquired here}}
  lock.Lock();  // expected-warning {{'lock' that is already held}}
  lock.Unlock();
}

void UnlockTwice() {
  lock.lock();
  lock.unlock();  // expected-note {{mutex released here}}
  lock.unlock();  // expected-warning {{'lock' that was not held}}
}

void UnlockTwiceByAbseilsName() {
  lock.Lock();
  lock.Unlock();  // expected-note {{mutex released here}}
  lock.Unlock();  // expected-warning {{'lock' that was not held}}
}

void NoUnlock() {
  lock.lock();  // expected-note {{mutex acquired here}}
}  // expected-warning {{mutex 'lock' is still held at the end of function}}

void TryLock() {
  if (lock.try_lock()) {
    ++guarded;
    lock.unlock();
  } else {
    ++guarded;  // expected-warning {{requires holding mutex 'lock'}}
  }
}

void TryLockByAbseilsName() {
  if (lock.TryLock()) {
    ++guarded;
    lock.Unlock();
  } else {
    ++guarded;  // expected-warning {{requires holding mutex 'lock'}}
  }
}

void TryLockUnchecked() {
  lock.try_lock();  // expected-warning {{ignoring return value}}
  lock.TryLock();   // expected-warning {{ignoring return value}}
}

void Assert() {
  lock.AssertHeld();
  ++guarded;
}

void Hold() {
  {
    HOLDER holder(lock);
    ++guarded;
  }
  ++guarded;  // expected-warning {{requires holding mutex 'lock'}}
}

void HoldByPointer() {
  {
    HOLDER holder(&lock);
    ++guarded;
  }
  ++guarded;  // expected-warning {{requires holding mutex 'lock'}}
}

void HoldForNoTime() {
  HOLDER{lock};  // expected-warning {{ignoring temporary}}
}

void HoldTwice() {
  HOLDER holder(lock);  // expected-note {{mutex acquired here}}
  HOLDER again(lock);   // expected-warning {{'lock' that is already held}}
}

void HoldTwiceByPointer() {
  HOLDER holder(lock);  // expected-note {{mutex acquired here}}
  HOLDER again(&lock);  // expected-warning {{'lock' that is already held}}
}

void Require() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock) { ++guarded; }

void CallWhatRequires() {
  HOLDER holder(lock);
  Require();
}

void CallWhatRequiresWithoutTheLock() {
  Require();  // expected-warning {{requires holding mutex 'lock'}}
}

}  // namespace slicelock
