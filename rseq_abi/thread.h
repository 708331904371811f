// What the library keeps for each thread: where its requests go, and how deep
// it is in sections that request.

#ifndef SLICELOCK_RSEQ_ABI_THREAD_H_
#define SLICELOCK_RSEQ_ABI_THREAD_H_

#include <atomic>
#include <cstdint>

#include "rseq_abi/control_word.h"
#include "rseq_abi/counters.h"
#include "rseq_abi/event_counter.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/section_word.h"
#include "rseq_abi/status.h"

namespace slicelock {

// Whether the calling thread's locks request extensions (they do, where the
// status is on) or not; returns what it was before. Not while holding a lock.
// For work that had better be preempted, and for measuring.
bool SetThreadRequests(bool on);

namespace rseq_abi {

template <typename ControlWord>
struct Thread {
  bool prepared() const { return sections.prepared(); }

  // So that there is a word for requests: nobody's, so far.
  void Prepare() {
    control = &unheeded;
    // A signal handler that finds the thread prepared uses the word.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    sections.NotePrepared();
  }

  bool heeding() const { return control == heeded; }

  // Adds what the word of sections has counted to the counters.
  __attribute__((noinline, cold)) void CollectRequests() noexcept {
    const uint32_t taken = sections.TakeRequests();
    if (heeding()) counters.requests += taken;
  }

  // Counts what has become of a request that was gone. Returns whether it is
  // granted.
  bool CountGoneRequest() {
    const bool granted = control->granted();
    if (granted) {
      ++counters.grants;
    } else {
      ++counters.revocations;
    }
    return granted;
  }

  // Where to request, once prepared: the kernel's word, or `unheeded`.
  ControlWord* control = nullptr;
  SectionWord sections;
  // Stands in for the kernel's word where the extension is off, so that locks
  // need not tell the difference.
  ControlWord unheeded;
  // The word the kernel heeds, or null.
  ControlWord* heeded = nullptr;
  // The depth of the nested section that has requested; 0 if none has.
  int32_t renewed_at = 0;
  // What SetThreadRequests() wants.
  bool requesting = true;
  StatusCode status = StatusCode::kOffUnprepared;
  ThreadCounters counters;
};

// The kernel that runs this process, as sections see it: the thread's state and
// the two things that take system calls. Tests have other kernels.
struct RunningKernel {
  using ControlWord = ByteControlWord;
  using Thread = rseq_abi::Thread<ControlWord>;

  static Thread& CurrentThread();

  // Finds the thread its area and turns the extension on, once a thread.
  // Afterwards it is prepared, also when the answer was no. May run again in a
  // signal handler while it runs.
  static void PrepareThread();

  // Ends a grant.
  static void Yield() { SliceYield(); }
};

// Initial-exec, also in shared objects: an access is one instruction, allocates
// nothing and is safe in signal handlers. (200 bytes of the static TLS that C
// libraries reserve for objects loaded later.) They have no better alignment
// for those objects than their own: 64 on x86, 32 or 16 elsewhere. This much
// keeps what every section uses on one cache line.
extern __thread RunningKernel::Thread current_thread
    __attribute__((tls_model("initial-exec"), aligned(16)));

inline RunningKernel::Thread& RunningKernel::CurrentThread() {
  return current_thread;
}

}  // namespace rseq_abi
}  // namespace slicelock

#endif  // SLICELOCK_RSEQ_ABI_THREAD_H_
