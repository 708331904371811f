#include "tests/linked_locks.h"

#include <cstdint>
#include <thread>
#include <vector>

#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/status.h"

int64_t LockInThreads(int threads, int times) {
  slicelock::SpinLock spinlock;
  slicelock::Mutex mutex;
  int64_t under_spinlock = 0;
  int64_t under_mutex = 0;
  std::vector<std::thread> lockers;
  for (int i = 0; i < threads; ++i) {
    lockers.emplace_back([&] {
      for (int n = 0; n < times; ++n) {
        {
          const slicelock::SpinLockHolder holder(spinlock);
          ++under_spinlock;
        }
        const slicelock::MutexLock lock(mutex);
        ++under_mutex;
      }
    });
  }
  for (std::thread& locker : lockers) locker.join();
  return under_spinlock + under_mutex;
}

const char* StatusSentence() { return slicelock::GetStatus().sentence(); }

bool ExtensionIsOn() { return slicelock::GetStatus().on(); }
