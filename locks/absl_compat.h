// These locks under abseil's names, for code that says absl::Mutex.
//
// Code in a namespace of its own chooses them there, once:
//
//   #include "locks/absl_compat.h"
//
//   namespace service {
//   namespace absl = ::slicelock::absl_names;
//
//   absl::Mutex mutex;        // slicelock::Mutex
//   absl::Notification done;  // abseil's, as all that is not of these locks
//
//   }  // namespace service
//
// Or, with no change to the code, by the Bazel target that it is in:
//
//   cc_library(
//       name = "cache",
//       srcs = ["cache.cc"],  # In namespace service; says absl::Mutex.
//       copts = ["-include", "locks/absl_compat.h"],
//       local_defines = ["SLICELOCK_ABSL_NAMES_IN=service"],
//       deps = ["@slicelock//locks:absl_compat"],
//   )
//
// What is outside of that namespace, abseil's own headers above all, goes on
// with abseil's locks; and within it what says ::absl::Mutex. So a class with
// such a mutex in it that several targets share has to be in the namespace, in
// all of them.

#ifndef SLICELOCK_LOCKS_ABSL_COMPAT_H_
#define SLICELOCK_LOCKS_ABSL_COMPAT_H_

#include "absl/base/internal/spinlock.h"
#include "absl/synchronization/mutex.h"
#include "locks/cond_var.h"
#include "locks/condition.h"
#include "locks/mutex.h"
#include "locks/observe/deadlock_detection.h"
#include "locks/observe/hooks.h"
#include "locks/observe/lock_log.h"
#include "locks/observe/stack_trace.h"
#include "locks/spinlock.h"

namespace slicelock::absl_names {

// The names that are declared here come before those of the directive.
using namespace ::absl;  // NOLINT(google-build-using-namespace)

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
using slicelock::RegisterSymbolizer;
using slicelock::ReleasableMutexLock;
using slicelock::SetMutexDeadlockDetectionMode;
using slicelock::WriterMutexLock;

namespace base_internal {

using namespace ::absl::base_internal;  // NOLINT(google-build-using-namespace)

using slicelock::RegisterSpinLockProfiler;
using slicelock::SCHEDULE_COOPERATIVE_AND_KERNEL;
using slicelock::SCHEDULE_KERNEL_ONLY;
using slicelock::SchedulingMode;
using slicelock::SpinLock;
using slicelock::SpinLockHolder;

}  // namespace base_internal
}  // namespace slicelock::absl_names

#ifdef SLICELOCK_ABSL_NAMES_IN
namespace SLICELOCK_ABSL_NAMES_IN {
namespace absl = ::slicelock::absl_names;
}  // namespace SLICELOCK_ABSL_NAMES_IN
#endif

#endif  // SLICELOCK_LOCKS_ABSL_COMPAT_H_
