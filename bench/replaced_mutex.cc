// Stands in for the mutexes and condition variables of the standard library,
// in all code that is linked with
//
//   -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=pthread_mutex_unlock
//   -Wl,--wrap=_ZNSt18condition_variable...
//
// as in BUILD: another lock lives in their memory, which is all zero before
// their first use. Which one it is, the environment variable
// SLICELOCK_REPLACED_BY says, once for the process.

#include "bench/replaced_mutex.h"

#include <pthread.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bench/locks_under_test.h"
#include "locks/cond_var.h"
#include "locks/mutex.h"
#include "nsync.h"

extern "C" {
// What would have been called.
int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t* mutex);
void __real__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(
    std::condition_variable* condition, std::unique_lock<std::mutex>* lock);
void __real__ZNSt18condition_variable10notify_oneEv(
    std::condition_variable* condition);
void __real__ZNSt18condition_variable10notify_allEv(
    std::condition_variable* condition);
}

namespace slicelock::bench {
namespace {

struct Replacement {
  const char* name;
  void (*lock)(pthread_mutex_t*);
  void (*unlock)(pthread_mutex_t*);
  void (*wait)(std::condition_variable*, std::unique_lock<std::mutex>*);
  void (*notify_one)(std::condition_variable*);
  void (*notify_all)(std::condition_variable*);
};

template <typename M>
M& In(pthread_mutex_t* mutex) {
  static_assert(sizeof(M) <= sizeof(*mutex) &&
                alignof(M) <= alignof(pthread_mutex_t));
  return *reinterpret_cast<M*>(mutex);
}

template <typename C>
C& In(std::condition_variable* condition) {
  static_assert(sizeof(C) <= sizeof(*condition) &&
                alignof(C) <= alignof(std::condition_variable));
  return *reinterpret_cast<C*>(condition);
}

// Ours and abseil's have the same names.
template <typename M, typename C>
constexpr Replacement Abseil(const char* name) {
  return {
      name,
      [](pthread_mutex_t* mutex) { Acquire(In<M>(mutex)); },
      [](pthread_mutex_t* mutex) { Release(In<M>(mutex)); },
      [](std::condition_variable* condition, std::unique_lock<std::mutex>* lock)
          ABSL_NO_THREAD_SAFETY_ANALYSIS {
            In<C>(condition).Wait(&In<M>(lock->mutex()->native_handle()));
          },
      [](std::condition_variable* condition) { In<C>(condition).Signal(); },
      [](std::condition_variable* condition) { In<C>(condition).SignalAll(); }};
}

constexpr Replacement kNone = {
    "std::mutex",
    [](pthread_mutex_t* mutex) { __real_pthread_mutex_lock(mutex); },
    [](pthread_mutex_t* mutex) { __real_pthread_mutex_unlock(mutex); },
    __real__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE,
    __real__ZNSt18condition_variable10notify_oneEv,
    __real__ZNSt18condition_variable10notify_allEv,
};

constexpr Replacement kNsync = {
    "nsync_mu",
    [](pthread_mutex_t* mutex) {
      nsync::nsync_mu_lock(&In<nsync::nsync_mu>(mutex));
    },
    [](pthread_mutex_t* mutex) {
      nsync::nsync_mu_unlock(&In<nsync::nsync_mu>(mutex));
    },
    [](std::condition_variable* condition, std::unique_lock<std::mutex>* lock) {
      nsync::nsync_cv_wait(
          &In<nsync::nsync_cv>(condition),
          &In<nsync::nsync_mu>(lock->mutex()->native_handle()));
    },
    [](std::condition_variable* condition) {
      nsync::nsync_cv_signal(&In<nsync::nsync_cv>(condition));
    },
    [](std::condition_variable* condition) {
      nsync::nsync_cv_broadcast(&In<nsync::nsync_cv>(condition));
    },
};

constexpr Replacement kReplacements[] = {
    kNone,
    Abseil<Mutex, CondVar>("Mutex"),
    Abseil<absl::Mutex, absl::CondVar>("absl::Mutex"),
    kNsync,
};

const Replacement& Choose() {
  const char* const name = std::getenv(kReplacedBy);
  for (const Replacement& replacement : kReplacements) {
    if (name != nullptr && std::strcmp(replacement.name, name) == 0)
      return replacement;
  }
  std::fprintf(stderr, "%s names no lock to replace mutexes by\n", kReplacedBy);
  std::_Exit(EXIT_FAILURE);
}

// Mutexes are used before main().
const Replacement& Chosen() {
  static const Replacement& chosen = Choose();
  return chosen;
}

}  // namespace
}  // namespace slicelock::bench

using slicelock::bench::Chosen;

extern "C" {

int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
  Chosen().lock(mutex);
  return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t* mutex) {
  Chosen().unlock(mutex);
  return 0;
}

void __wrap__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(
    std::condition_variable* condition, std::unique_lock<std::mutex>* lock) {
  Chosen().wait(condition, lock);
}

void __wrap__ZNSt18condition_variable10notify_oneEv(
    std::condition_variable* condition) {
  Chosen().notify_one(condition);
}

void __wrap__ZNSt18condition_variable10notify_allEv(
    std::condition_variable* condition) {
  Chosen().notify_all(condition);
}

}  // extern "C"
