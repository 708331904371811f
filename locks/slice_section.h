// A section of code for which the thread would like to keep its CPU.
//
// While a thread is in one, it asks the kernel for a few more microseconds
// should its time slice end (Linux 7.0 and later; 5 us unless the administrator
// allows more). Locks of this library do this by themselves. Use SliceSection
// where others wait for you without a lock: publishing in a lock-free
// structure, filling a slot of a ring buffer.
//
//   {
//     slicelock::SliceSection section;
//     slot.Fill(message);
//     slot.ready.store(true, std::memory_order_release);
//   }
//
// Guarantees:
//   - Cost: a few loads and stores of two cache lines that only this thread
//     uses. No system call, except one if the kernel granted an extension, and
//     a few when a thread enters its first section.
//   - Sections nest, with each other and with locks; the outermost counts. They
//     must be left in the thread that entered them.
//   - Safe in signal handlers once the thread has entered a section before.
//   - A hint: a section that is preempted all the same (it was too long, or a
//     signal came) is as correct as before.
//
// Keep it short. A system call inside ends a grant at once; on a kernel booted
// with rseq_debug=1 the thread can even be killed there, after a grant was
// revoked. The rules are in the kernel's Documentation/userspace-api/rseq.rst.

#ifndef SLICELOCK_LOCKS_SLICE_SECTION_H_
#define SLICELOCK_LOCKS_SLICE_SECTION_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/observe/probes.h"
#include "rseq_abi/thread.h"

namespace slicelock {

// `Kernel` is rseq_abi::RunningKernel or a test's.
//
// Invariants, for a prepared thread, with (request, granted) its control word:
//   depth == 0: the word is (0, 0).
//   depth > 0: any of (1, 0), (0, 1), (0, 0); the last as a section is being
//   entered or left, or after a context switch.
// So the depth is the first thing that Enter() changes, and the last that
// Leave() does: who finds it 0 knows the word, and looks at nothing else.
//
// A signal handler can run whole sections between any two instructions below.
// What it interrupts may be an Enter() that is about to request by a plain
// store, or a Leave() that has withdrawn and is about to yield; so it leaves no
// request that it did not find. Its sections are nested then. These request if
// they find the word idle, and who has requested withdraws:
//   renewed_at == 0: the request, if any, is the outermost section's.
//   renewed_at == n: that of the section at depth n > 1, which withdraws it.
// A grant that a handler leaves, that of a request it found, ends with its
// return, a system call.
template <typename Kernel>
class BasicSliceSection {
 public:
  BasicSliceSection() { Enter(); }
  ~BasicSliceSection() { Leave(); }
  BasicSliceSection(const BasicSliceSection&) = delete;
  BasicSliceSection& operator=(const BasicSliceSection&) = delete;

  static void Enter() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (ABSL_PREDICT_FALSE(!thread.sections.ready())) return EnterUnusually();
    EnterOutermost(thread);
  }

  static void Leave() noexcept {
    auto& thread = Kernel::CurrentThread();
    KeepOrder();
    if (ABSL_PREDICT_FALSE(!thread.sections.in_outermost())) {
      return LeaveNested();
    }
    Withdraw(thread);
    thread.sections.Leave();
    KeepOrder();
  }

  // The rest is for locks.

  // Whether the thread's latest section is one of the few, one in `n`, that are
  // picked as if at random.
  static bool OneIn(uint32_t n) noexcept {
    constexpr uint32_t kGoldenRatio = 0x9e3779b9;  // Of 2^32: it scatters.
    return Kernel::CurrentThread().sections.requests() * kGoldenRatio <
           std::numeric_limits<uint32_t>::max() / n;
  }

  // Leaves all sections the thread is in, to wait for something: a thread that
  // waits must not hold on to a CPU that others need. Returns what
  // EnterAgain() needs: how many there were, so that one can subtract those
  // that are not to be entered again, and in higher bits which has requested.
  static int32_t LeaveAll() noexcept {
    auto& thread = Kernel::CurrentThread();
    KeepOrder();
    const int32_t depth = thread.sections.depth();
    int32_t renewed_at = std::exchange(thread.renewed_at, 0);
    KeepOrder();
    if (!thread.control->Withdraw()) {
      RequestGone();
      if (renewed_at == 0 && depth > 1) renewed_at = depth;
    }
    KeepOrder();
    thread.sections.Leave(depth);
    KeepOrder();
    return renewed_at << kRenewedShift | depth;
  }

  // Enters these sections at once.
  ABSL_ATTRIBUTE_NOINLINE static void EnterAgain(int32_t left) noexcept {
    if (left == 0) return;
    auto& thread = Kernel::CurrentThread();
    KeepOrder();
    thread.sections.Enter(left & kDepthMask);
    KeepOrder();
    // (It may be a section that is not entered again.)
    const int32_t renewed_at = left >> kRenewedShift;
    thread.renewed_at = renewed_at <= thread.sections.depth() ? renewed_at : 0;
    RequestIfIdle(thread);
  }

  // Leaves a section by a system call that is due anyway, made by `call`: it
  // ends a grant as well as a yield would, if the kernel lets it. (If it makes
  // none after all, there is a yield.) Outer sections are out of force until it
  // returns, since a system call needs the request withdrawn.
  template <typename Call>
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD static void LeaveThrough(
      Call&& call) noexcept {
    auto& thread = Kernel::CurrentThread();
    KeepOrder();
    const int32_t depth = thread.sections.depth();
    const int32_t renewed_at = std::exchange(thread.renewed_at, 0);
    KeepOrder();
    const bool gone = !thread.control->Withdraw();
    if (gone) {
      if constexpr (Kernel::ControlWord::kEndsByYieldOnly) {
        RequestGone();
      } else {
        CountGoneRequest(thread);
      }
    }
    std::forward<Call>(call)();
    KeepOrder();
    if constexpr (!Kernel::ControlWord::kEndsByYieldOnly) {
      if (ABSL_PREDICT_FALSE(thread.control->granted())) Yield(thread);
    }
    KeepOrder();
    thread.sections.Leave();
    KeepOrder();
    if (depth == renewed_at) return;
    thread.renewed_at = renewed_at;
    if (depth > 1 && !gone) RequestIfIdle(thread);
  }

 private:
  // Of what LeaveAll() returns.
  static constexpr int kRenewedShift = 16;
  static constexpr int32_t kDepthMask = (1 << kRenewedShift) - 1;

  // The kernel interrupts a thread between instructions, on its own CPU: the
  // compiler must keep their order, the processor appears to.
  static void KeepOrder() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  template <typename Thread>
  static void EnterOutermost(Thread& thread) {
    KeepOrder();
    thread.sections.EnterRequesting();
    KeepOrder();
    thread.control->Request();
    KeepOrder();
  }

  // Returns whether it was.
  template <typename Thread>
  static bool RequestIfIdle(Thread& thread) {
    KeepOrder();
    const bool requests = thread.control->RequestIfIdle();
    if (requests) thread.sections.CountRequest();
    KeepOrder();
    return requests;
  }

  template <typename Thread>
  static void Withdraw(Thread& thread) {
    KeepOrder();
    if (ABSL_PREDICT_FALSE(!thread.control->Withdraw())) RequestGone();
    KeepOrder();
  }

  // A nested section; or the thread's first, or one that finds the count full.
  ABSL_ATTRIBUTE_NOINLINE static void EnterUnusually() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (ABSL_PREDICT_FALSE(thread.sections.depth() == 0)) {
      return EnterWithWork();
    }
    KeepOrder();
    thread.sections.Enter();
    KeepOrder();
    if (ABSL_PREDICT_TRUE(thread.control->requested())) return;
    RenewRequest();
  }

  ABSL_ATTRIBUTE_NOINLINE static void LeaveNested() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (ABSL_PREDICT_FALSE(thread.sections.depth() == thread.renewed_at)) {
      return LeaveRenewed();
    }
    thread.sections.Leave();
    KeepOrder();
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD static void
  EnterWithWork() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (!thread.prepared()) Kernel::PrepareThread();
    if (thread.sections.full()) thread.CollectRequests();
    EnterOutermost(thread);
  }

  // In a nested section.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD static void
  RenewRequest() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (!RequestIfIdle(thread)) return;
    // Noted late: a handler that sees the note may withdraw.
    if (thread.renewed_at == 0) thread.renewed_at = thread.sections.depth();
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD static void
  LeaveRenewed() noexcept {
    auto& thread = Kernel::CurrentThread();
    thread.renewed_at = 0;
    Withdraw(thread);
    thread.sections.Leave();
    KeepOrder();
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD static void
  RequestGone() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (CountGoneRequest(thread)) Yield(thread);
  }

  template <typename Thread>
  static void Yield(Thread& thread) {
    ++thread.counters.yields;
    probes::SliceYield();
    Kernel::Yield();
  }

  // Returns whether it is granted.
  template <typename Thread>
  static bool CountGoneRequest(Thread& thread) {
    const bool granted = thread.CountGoneRequest();
    granted ? probes::SliceGranted() : probes::SliceRevoked();
    return granted;
  }
};

extern template class BasicSliceSection<rseq_abi::RunningKernel>;

using SliceSection = BasicSliceSection<rseq_abi::RunningKernel>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_SLICE_SECTION_H_
