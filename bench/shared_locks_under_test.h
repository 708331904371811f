// The locks that readers can share, as they are measured.

#ifndef SLICELOCK_BENCH_SHARED_LOCKS_UNDER_TEST_H_
#define SLICELOCK_BENCH_SHARED_LOCKS_UNDER_TEST_H_

#include <pthread.h>

#include <shared_mutex>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bench/locks_under_test.h"
#include "locks/mutex.h"
#include "nsync.h"
#include "tbb/spin_rw_mutex.h"

namespace slicelock::bench {

// With the preference that std::shared_mutex does not have: writers do not wait
// for readers that come later.
class PthreadRwlock {
 public:
  PthreadRwlock() {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes,
                                  PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock_, &attributes);
    pthread_rwlockattr_destroy(&attributes);
  }
  ~PthreadRwlock() { pthread_rwlock_destroy(&lock_); }
  PthreadRwlock(const PthreadRwlock&) = delete;
  PthreadRwlock& operator=(const PthreadRwlock&) = delete;

  void lock() { pthread_rwlock_wrlock(&lock_); }
  void unlock() { pthread_rwlock_unlock(&lock_); }
  void lock_shared() { pthread_rwlock_rdlock(&lock_); }
  void unlock_shared() { pthread_rwlock_unlock(&lock_); }

 private:
  pthread_rwlock_t lock_;
};

// Abseil's, by the standard's names.
class AbslShared {
 public:
  void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.Lock(); }
  void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.Unlock(); }
  void lock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.ReaderLock(); }
  void unlock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.ReaderUnlock(); }

 private:
  absl::Mutex mutex_;
};

class NsyncShared {
 public:
  void lock() { nsync::nsync_mu_lock(&mu_); }
  void unlock() { nsync::nsync_mu_unlock(&mu_); }
  void lock_shared() { nsync::nsync_mu_rlock(&mu_); }
  void unlock_shared() { nsync::nsync_mu_runlock(&mu_); }

 private:
  nsync::nsync_mu mu_ = NSYNC_MU_INIT;
};

// Calls `visit` with the LockUnderTest of each, in the order of the tables.
template <typename Visit>
void ForEachSharedLock(Visit&& visit) {
  visit(LockUnderTest<Mutex>{"Mutex/on", Requests::kOn});
  visit(LockUnderTest<Mutex>{"Mutex/off", Requests::kOff});
  visit(
      LockUnderTest<std::shared_mutex>{"std::shared_mutex", Requests::kNever});
  visit(LockUnderTest<PthreadRwlock>{"pthread_rwlock", Requests::kNever});
  visit(LockUnderTest<AbslShared>{"absl::Mutex", Requests::kNever});
  visit(LockUnderTest<NsyncShared>{"nsync_mu", Requests::kNever});
  visit(LockUnderTest<tbb::spin_rw_mutex>{"tbb::spin_rw_mutex",
                                          Requests::kNever});
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_SHARED_LOCKS_UNDER_TEST_H_
