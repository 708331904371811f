// The locks that are measured: ours, with and without requests for time slice
// extensions, and those that people use today.

#ifndef SLICELOCK_BENCH_LOCKS_UNDER_TEST_H_
#define SLICELOCK_BENCH_LOCKS_UNDER_TEST_H_

#include <pthread.h>

#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/base/internal/spinlock.h"
#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "nsync.h"
#include "tbb/spin_mutex.h"

namespace slicelock::bench {

// Whether threads of a row ask for extensions. kNever: it is not a lock of
// ours, so the question does not arise.
enum class Requests { kOn, kOff, kNever };

template <typename L>
struct LockUnderTest {
  using Lock = L;
  std::string name;
  Requests requests;
};

class PthreadAdaptive {
 public:
  PthreadAdaptive() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  ~PthreadAdaptive() { pthread_mutex_destroy(&mutex_); }
  PthreadAdaptive(const PthreadAdaptive&) = delete;
  PthreadAdaptive& operator=(const PthreadAdaptive&) = delete;

  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

class PthreadSpin {
 public:
  PthreadSpin() { pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
  ~PthreadSpin() { pthread_spin_destroy(&lock_); }
  PthreadSpin(const PthreadSpin&) = delete;
  PthreadSpin& operator=(const PthreadSpin&) = delete;

  void lock() { pthread_spin_lock(&lock_); }
  void unlock() { pthread_spin_unlock(&lock_); }

 private:
  pthread_spinlock_t lock_;
};

class NsyncMu {
 public:
  void lock() { nsync::nsync_mu_lock(&mu_); }
  void unlock() { nsync::nsync_mu_unlock(&mu_); }

 private:
  nsync::nsync_mu mu_ = NSYNC_MU_INIT;
};

// Calls `visit` with the LockUnderTest of each, in the order of the tables.
template <typename Visit>
void ForEachLock(Visit&& visit) {
  visit(LockUnderTest<Mutex>{"Mutex/on", Requests::kOn});
  visit(LockUnderTest<Mutex>{"Mutex/off", Requests::kOff});
  visit(LockUnderTest<SpinLock>{"SpinLock/on", Requests::kOn});
  visit(LockUnderTest<SpinLock>{"SpinLock/off", Requests::kOff});
  visit(LockUnderTest<std::mutex>{"std::mutex", Requests::kNever});
  visit(LockUnderTest<PthreadAdaptive>{"pthread_adaptive", Requests::kNever});
  visit(LockUnderTest<PthreadSpin>{"pthread_spin", Requests::kNever});
  visit(LockUnderTest<absl::Mutex>{"absl::Mutex", Requests::kNever});
  visit(LockUnderTest<absl::base_internal::SpinLock>{"absl::SpinLock",
                                                     Requests::kNever});
  visit(LockUnderTest<tbb::spin_mutex>{"tbb::spin_mutex", Requests::kNever});
  visit(LockUnderTest<NsyncMu>{"nsync_mu", Requests::kNever});
}

template <typename Lock, typename = void>
struct HasStandardNames : std::false_type {};
template <typename Lock>
struct HasStandardNames<Lock,
                        std::void_t<decltype(std::declval<Lock&>().lock())>>
    : std::true_type {};

// By whatever name: abseil's locks got the standard's only in 2025.
template <typename Lock>
void Acquire(Lock& lock) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if constexpr (HasStandardNames<Lock>::value) {
    lock.lock();
  } else {
    lock.Lock();
  }
}

template <typename Lock>
void Release(Lock& lock) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if constexpr (HasStandardNames<Lock>::value) {
    lock.unlock();
  } else {
    lock.Unlock();
  }
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_LOCKS_UNDER_TEST_H_
