#include "locks/observe/deadlock_detection.h"

#include <sys/syscall.h>

#include <atomic>
#include <cstdlib>

#include "absl/base/attributes.h"
#include "locks/core/outside_sections.h"
#include "locks/observe/checks.h"
#include "locks/observe/held_locks.h"
#include "locks/observe/lock_records.h"
#include "locks/observe/order_graph.h"
#include "locks/observe/stack_trace.h"
#include "locks/observe/standard_error.h"
#include "locks/observe/tsan.h"
#include "locks/observe/wiped_on_fork.h"
#include "locks/slice_section.h"
#include "rseq_abi/system_call.h"

namespace slicelock {

#if SLICELOCK_CHECKS

namespace {

std::atomic<OnDeadlockCycle> detection_mode{OnDeadlockCycle::kAbort};

OrderGraph</*kMaxLocks=*/16384, /*kMaxEdges=*/32768> graph;

// Whether somebody changes it, or did so when the process was forked: then the
// lock is free in the child, and the graph is not as it should be.
bool graph_in_change = false;

struct GraphLock {
  std::atomic<bool> held;
};

WipedOnFork<GraphLock> graph_lock;

// Whether the thread is in here. What it acquires in a symbolizer, or in a
// signal handler, is no concern of the detector then.
__thread bool inside __attribute__((tls_model("initial-exec")));

// Holds the graph for as long as it lives, if it can.
class GraphHolder {
 public:
  GraphHolder() {
    if (inside || (lock_ = graph_lock.Make()) == nullptr) return;
    inside = true;
    while (lock_->held.exchange(true, std::memory_order_acquire)) {
      rseq_abi::SystemCall(SYS_sched_yield);
    }
    if (graph_in_change) graph.Clear();
    graph_in_change = true;
  }
  ~GraphHolder() {
    if (lock_ == nullptr) return;
    graph_in_change = false;
    lock_->held.store(false, std::memory_order_release);
    inside = false;
  }
  GraphHolder(const GraphHolder&) = delete;
  GraphHolder& operator=(const GraphHolder&) = delete;

  explicit operator bool() const { return lock_ != nullptr; }

 private:
  OutsideSections<SliceSection> outside_sections_;
  tsan::Diversion diversion_;
  GraphLock* lock_ = nullptr;
};

void AbortIfWanted(OnDeadlockCycle mode) {
  if (mode == OnDeadlockCycle::kAbort) abort();
}

void ReportSelfDeadlock(const held_locks::HeldLock& held) {
  const LockName name(held.lock);
  PrintLine("slicelock: deadlock: a thread acquires %s, which it holds",
            name.text());
  PrintLine("  it has acquired it");
  held.stack.Print();
  PrintLine("  and acquires it again");
  StackTrace::Here().Print();
}

constexpr int kMaxStepsReported = 10;

void ReportStep(const void* held, const void* acquired, const char* when,
                const StackTrace& stack) {
  PrintLine("  holding %s, a thread %s %s", LockName(held).text(), when,
            LockName(acquired).text());
  stack.Print();
}

// Returns whether it has reported a cycle.
bool AddEdge(const void* held, const void* acquired) {
  if (graph.Knows(held, acquired)) return false;
  const StackTrace here = StackTrace::Here();
  int steps = 0;
  graph.Add(held, acquired, here, [&](const auto& step) {
    if (++steps == 1) {
      PrintLine(
          "slicelock: possible deadlock: a thread that holds %s acquires %s, "
          "but they have been acquired in the other order",
          LockName(held).text(), LockName(acquired).text());
      ReportStep(held, acquired, "acquires now", here);
    }
    if (steps <= kMaxStepsReported) {
      ReportStep(step.held, step.acquired, "has acquired", *step.stack);
    }
  });
  if (steps > kMaxStepsReported) {
    PrintLine("  and %d more", steps - kMaxStepsReported);
  }
  return steps > 0;
}

}  // namespace

void SetMutexDeadlockDetectionMode(OnDeadlockCycle mode) {
  detection_mode.store(mode, std::memory_order_relaxed);
}

void deadlock_detection::BeforeAcquire(const void* lock) {
  const auto mode = detection_mode.load(std::memory_order_relaxed);
  const auto all = held_locks::All();
  if (mode == OnDeadlockCycle::kIgnore || all.count == 0 || inside) return;
  if (const auto* const held = held_locks::Find(lock)) {
    ReportSelfDeadlock(*held);
    AbortIfWanted(mode);
    return;
  }
  const GraphHolder holder;
  if (!holder) return;
  for (const auto& held : all) {
    if (held.lock != nullptr && AddEdge(held.lock, lock)) AbortIfWanted(mode);
  }
}

void deadlock_detection::Forget(const void* lock) {
  const GraphHolder holder;
  if (holder) graph.Forget(lock);
}

#else

void SetMutexDeadlockDetectionMode(OnDeadlockCycle) {}
void deadlock_detection::BeforeAcquire(const void*) {}
void deadlock_detection::Forget(const void*) {}

#endif

}  // namespace slicelock
