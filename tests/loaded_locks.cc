// What a plugin exports that has locks inside.

#include <cstdint>

#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/status.h"

namespace slicelock {
namespace {

SpinLock spinlock;
Mutex mutex;
int64_t counter = 0;

}  // namespace
}  // namespace slicelock

// Acquires each of its locks `times` times.
extern "C" __attribute__((visibility("default"))) void LockInside(int times) {
  for (int i = 0; i < times; ++i) {
    const slicelock::SpinLockHolder outer(slicelock::spinlock);
    const slicelock::MutexLock inner(slicelock::mutex);
    ++slicelock::counter;
  }
}

extern "C" __attribute__((visibility("default"))) int64_t CountInside() {
  const slicelock::SpinLockHolder holder(slicelock::spinlock);
  return slicelock::counter;
}

extern "C" __attribute__((visibility("default"))) bool ExtensionIsOnInside() {
  return slicelock::GetStatus().on();
}
