// The condition variables that are measured, each with the mutex that it goes
// with.

#ifndef SLICELOCK_BENCH_CONDITIONS_UNDER_TEST_H_
#define SLICELOCK_BENCH_CONDITIONS_UNDER_TEST_H_

#include <condition_variable>
#include <mutex>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bench/locks_under_test.h"
#include "locks/cond_var.h"
#include "locks/mutex.h"
#include "nsync.h"

namespace slicelock::bench {

template <typename C>
struct ConditionUnderTest {
  using Condition = C;
  std::string name;
  Requests requests;
};

class StdCondition {
 public:
  void Lock() { mutex_.lock(); }
  void Unlock() { mutex_.unlock(); }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  void Notify() { condition_.notify_one(); }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
};

// Ours and abseil's have the same names.
template <typename M, typename C>
class AbslCondition {
 public:
  void Lock() { Acquire(mutex_); }
  void Unlock() { Release(mutex_); }
  void Wait() ABSL_NO_THREAD_SAFETY_ANALYSIS { condition_.Wait(&mutex_); }
  void Notify() { condition_.Signal(); }

 private:
  M mutex_;
  C condition_;
};

class NsyncCondition {
 public:
  void Lock() { nsync::nsync_mu_lock(&mutex_); }
  void Unlock() { nsync::nsync_mu_unlock(&mutex_); }
  void Wait() { nsync::nsync_cv_wait(&condition_, &mutex_); }
  void Notify() { nsync::nsync_cv_signal(&condition_); }

 private:
  nsync::nsync_mu mutex_ = NSYNC_MU_INIT;
  nsync::nsync_cv condition_ = NSYNC_CV_INIT;
};

// Calls `visit` with the ConditionUnderTest of each, in the order of the
// tables.
template <typename Visit>
void ForEachCondition(Visit&& visit) {
  using Ours = AbslCondition<Mutex, CondVar>;
  using Absl = AbslCondition<absl::Mutex, absl::CondVar>;
  visit(ConditionUnderTest<Ours>{"CondVar/on", Requests::kOn});
  visit(ConditionUnderTest<Ours>{"CondVar/off", Requests::kOff});
  visit(ConditionUnderTest<StdCondition>{"std::condition_variable",
                                         Requests::kNever});
  visit(ConditionUnderTest<Absl>{"absl::CondVar", Requests::kNever});
  visit(ConditionUnderTest<NsyncCondition>{"nsync_cv", Requests::kNever});
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_CONDITIONS_UNDER_TEST_H_
