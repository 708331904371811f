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
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "rseq_abi/thread.h"

namespace slicelock {

// `Kernel` is rseq_abi::RunningKernel or a test's.
//
// Invariants, for a prepared thread, with (request, granted) its control word:
//   depth == 0, and no Enter or Leave under way: the word is (0, 0).
//   depth > 0: any of (1, 0), (0, 1), (0, 0); the last after a context switch.
// A signal handler can run a whole section between any two instructions below.
// At depth 0 it may find any of the three, as the Enter or Leave that it
// interrupts has left it, and leaves (0, 0); so (0, 0) at depth 0 stays until
// somebody requests. At greater depth it may have requested, and the kernel
// granted, when it returns; so a nested request is one compare-exchange.
template <typename Kernel>
class BasicSliceSection {
 public:
  BasicSliceSection() { Enter(); }
  ~BasicSliceSection() { Leave(); }
  BasicSliceSection(const BasicSliceSection&) = delete;
  BasicSliceSection& operator=(const BasicSliceSection&) = delete;

  static void Enter() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (ABSL_PREDICT_FALSE(thread.control->requested())) {
      return EnterNested(thread);
    }
    if (ABSL_PREDICT_FALSE(thread.sections.depth() != 0 ||
                           thread.control->granted())) {
      return EnterUnusually();
    }
    thread.control->Request();
    // Request first: a handler that finds depth above 0 relies on it.
    KeepOrder();
    const bool full = thread.sections.EnterRequested();
    KeepOrder();
    if (ABSL_PREDICT_FALSE(full)) thread.CollectRequests();
  }

  static void Leave() noexcept {
    auto& thread = Kernel::CurrentThread();
    KeepOrder();
    if (ABSL_PREDICT_FALSE(!thread.sections.Leave())) return;
    // Depth first: a handler that finds a request at depth 0 withdraws it.
    KeepOrder();
    Withdraw(thread);
  }

  // The rest is for locks.

  // Leaves all sections the thread is in, to wait for something: a thread that
  // waits must not hold on to a CPU that others need. Returns how many there
  // were, for EnterAgain().
  static int32_t LeaveAll() noexcept {
    auto& thread = Kernel::CurrentThread();
    const int32_t depth = LeaveWithoutWithdrawal(thread);
    Withdraw(thread);
    return depth;
  }

  // Enters `count` sections at once.
  static void EnterAgain(int32_t count) noexcept {
    if (count == 0) return;
    auto& thread = Kernel::CurrentThread();
    RequestIfIdle(thread);
    KeepOrder();
    thread.sections.SetDepth(thread.sections.depth() + count);
    KeepOrder();
  }

  // Leaves a section by a system call that is due anyway, made by `call`: it
  // ends a grant as well as a yield would. Outer sections are out of force
  // until it returns, since a system call needs the request withdrawn.
  template <typename Call>
  static void LeaveThrough(Call&& call) noexcept {
    auto& thread = Kernel::CurrentThread();
    const int32_t depth = LeaveWithoutWithdrawal(thread);
    if (!thread.control->Withdraw()) thread.CountGoneRequest();
    std::forward<Call>(call)();
    EnterAgain(depth - 1);
  }

 private:
  // The kernel interrupts a thread between instructions, on its own CPU: the
  // compiler must keep their order, the processor appears to.
  static void KeepOrder() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  template <typename Thread>
  static void EnterNested(Thread& thread) {
    KeepOrder();
    thread.sections.EnterNested();
    KeepOrder();
  }

  template <typename Thread>
  static void Withdraw(Thread& thread) {
    if (ABSL_PREDICT_FALSE(!thread.control->Withdraw())) RequestGone();
  }

  template <typename Thread>
  static void RequestIfIdle(Thread& thread) {
    if (thread.control->RequestIfIdle()) thread.sections.CountRequest();
  }

  template <typename Thread>
  static int32_t LeaveWithoutWithdrawal(Thread& thread) {
    const int32_t depth = thread.sections.depth();
    KeepOrder();
    thread.sections.SetDepth(0);
    KeepOrder();
    return depth;
  }

  // The thread's first section; or a nested one, where a context switch has
  // dropped the request, or the kernel has granted it.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD static void
  EnterUnusually() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (!thread.prepared()) Kernel::PrepareThread();
    RequestIfIdle(thread);
    EnterNested(thread);
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD static void
  RequestGone() noexcept {
    auto& thread = Kernel::CurrentThread();
    if (!thread.CountGoneRequest()) return;
    ++thread.counters.yields;
    Kernel::Yield();
  }
};

extern template class BasicSliceSection<rseq_abi::RunningKernel>;

using SliceSection = BasicSliceSection<rseq_abi::RunningKernel>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_SLICE_SECTION_H_
