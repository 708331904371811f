// The locks under abseil's own names, for code that says absl::Mutex.
//
// Include it instead of absl/synchronization/mutex.h. Or, with no change to the
// code, switch a whole Bazel target:
//
//   cc_library(
//       name = "cache",
//       srcs = ["cache.cc"],  # Says absl::Mutex; includes abseil's header.
//       copts = ["-include", "locks/absl_compat.h"],
//       deps = ["@slicelock//locks:absl_compat"],
//   )
//
// Where it comes first, abseil's header adds nothing, and abseil's classes that
// contain its mutex, such as absl::Notification, are not there: the library
// that they come from has them with another mutex. For the same reason switch
// all targets that share a class with a mutex, or none.

#ifndef SLICELOCK_LOCKS_ABSL_COMPAT_H_
#define SLICELOCK_LOCKS_ABSL_COMPAT_H_

#if defined(ABSL_SYNCHRONIZATION_MUTEX_H_) ||            \
    defined(ABSL_SYNCHRONIZATION_BARRIER_H_) ||          \
    defined(ABSL_SYNCHRONIZATION_BLOCKING_COUNTER_H_) || \
    defined(ABSL_SYNCHRONIZATION_NOTIFICATION_H_)
#error "locks/absl_compat.h comes too late: abseil's mutex was included before"
#endif
#define ABSL_SYNCHRONIZATION_MUTEX_H_
#define ABSL_SYNCHRONIZATION_BARRIER_H_
#define ABSL_SYNCHRONIZATION_BLOCKING_COUNTER_H_
#define ABSL_SYNCHRONIZATION_NOTIFICATION_H_

// What abseil's header includes, that its users may rely on.
#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "locks/cond_var.h"
#include "locks/condition.h"
#include "locks/mutex.h"
#include "locks/observe/deadlock_detection.h"
#include "locks/observe/hooks.h"
#include "locks/observe/lock_log.h"

namespace absl {

using slicelock::Condition;
using slicelock::CondVar;
using slicelock::EnableMutexInvariantDebugging;
using slicelock::Mutex;
using slicelock::MutexLock;
using slicelock::MutexLockMaybe;
using slicelock::OnDeadlockCycle;
using slicelock::ReaderMutexLock;
using slicelock::RegisterCondVarTracer;
using slicelock::RegisterMutexProfiler;
using slicelock::RegisterMutexTracer;
using slicelock::ReleasableMutexLock;
using slicelock::SetMutexDeadlockDetectionMode;
using slicelock::WriterMutexLock;

}  // namespace absl

#endif  // SLICELOCK_LOCKS_ABSL_COMPAT_H_
