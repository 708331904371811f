// A kernel for tests, that grants when told to. It plays the other half of the
// time slice protocol on an area of this process, every event at a moment that
// the test chooses, and notes where the thread breaks the rules. What each
// event does is as in Linux 7.3 (kernel/rseq.c, include/linux/rseq_entry.h),
// the rules are those of Documentation/userspace-api/rseq.rst; and, for the
// control word of the first posting, that locks make no system call but the
// yield within a grant. (Others that would have been the thread's death there,
// such as a handler's return, come from the test, and end the grant.)

#ifndef SLICELOCK_TESTS_SIMULATED_KERNEL_H_
#define SLICELOCK_TESTS_SIMULATED_KERNEL_H_

#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "rseq_abi/control_word.h"
#include "rseq_abi/rseq_area.h"
#include "rseq_abi/thread.h"

namespace slicelock::testing {

// What can happen to a thread between two of its instructions.
enum class KernelEvent {
  // An interrupt with a reschedule due, and the thread has asked for time.
  kGrant,
  // The same, but it has not asked; or in vain, as something else had to be
  // done first.
  kPreemption,
  // The time granted is over.
  kExpiry,
  // Within a grant, a reschedule is due once more: somebody else woke up.
  kRevocation,
  // A context switch, and the thread goes on with another CPU.
  kMigration,
  // A system call that no lock makes: the user's own, in a section or handler.
  kSystemCall,
  // A signal handler begins.
  kSignal,
};

inline constexpr KernelEvent kKernelEvents[] = {
    KernelEvent::kGrant,     KernelEvent::kPreemption,
    KernelEvent::kExpiry,    KernelEvent::kRevocation,
    KernelEvent::kMigration, KernelEvent::kSystemCall,
    KernelEvent::kSignal,
};

constexpr const char* NameOf(KernelEvent event) {
  switch (event) {
    case KernelEvent::kGrant:
      return "grant";
    case KernelEvent::kPreemption:
      return "preemption";
    case KernelEvent::kExpiry:
      return "expiry";
    case KernelEvent::kRevocation:
      return "revocation";
    case KernelEvent::kMigration:
      return "migration";
    case KernelEvent::kSystemCall:
      return "system call";
    case KernelEvent::kSignal:
      return "signal";
  }
  return "";
}

// The area that thread and kernel share, with either control word.
template <typename ControlWord>
struct SimulatedArea {
  uint32_t cpu_id_start = 0;
  uint32_t cpu_id = 0;
  uint64_t rseq_cs = 0;
  uint32_t flags =
      rseq_abi::RseqArea::kSliceAvailable | rseq_abi::RseqArea::kSliceEnabled;
  uint32_t node_id = 0;
  uint32_t mm_cid = 0;
  ControlWord slice_ctrl;
};

// What decides, on the kernel's side, how things go on: in words, so that a
// test can compare two states by their bytes.
struct KernelState {
  // Whether each grant has ended, and in one way only.
  bool balanced() const {
    return grants == yields + aborts + expiries + revocations;
  }

  int32_t grants = 0;
  // How they ended: by a yield, by another system call, with their time, by
  // another context switch.
  int32_t yields = 0;
  int32_t aborts = 0;
  int32_t expiries = 0;
  int32_t revocations = 0;
  // System calls of locks outside a grant: yields, and others.
  int32_t idle_yields = 0;
  int32_t other_calls = 0;

 protected:
  // What the kernel has put into the area.
  int32_t granted_ = 0;
  int32_t cpu_ = 0;
  // With rseq_debug=1 the next system call is looked at: there was a grant.
  int32_t call_checked_ = 0;
  // Whether, since the thread was last outside of sections, the kernel took a
  // request, or what it granted. (A nested section may have renewed the request
  // since, and taken it back.)
  int32_t taken_ = 0;
  // Whether a lock's system call has ended a grant since the last request.
  int32_t answered_ = 0;
  // For so many instructions yet, a yield without a grant is excused.
  int32_t excused_ = 0;
  // How things stood when signals came whose handlers have not returned, the
  // latest in the lowest bits.
  int32_t interrupted_ = 0;
  static constexpr int32_t kWasGranted = 1, kWasTaken = 2;
  static constexpr int kBitsPerSignal = 2;
};

// The kernel's side of one thread's area.
template <typename ControlWord>
class KernelSide : public KernelState {
 public:
  explicit KernelSide(SimulatedArea<ControlWord>* area) : area_(area) {}

  // What else has happened outside a grant: context switches, system calls that
  // no lock made. Those for which rseq_debug=1 would have been the thread's
  // death came after a grant that was gone, with the request set: no lock can
  // help it, as it knows neither of the call nor of that grant.
  int64_t preemptions = 0;
  int64_t migrations = 0;
  int64_t foreign_calls = 0;
  int64_t deadly_foreign_calls = 0;

  // What the kernel does.

  bool CanHappen(KernelEvent event) const {
    switch (event) {
      case KernelEvent::kGrant:
        return granted_ == 0 && word().requested();
      case KernelEvent::kPreemption:
        return granted_ == 0;
      case KernelEvent::kExpiry:
      case KernelEvent::kRevocation:
        return granted_ != 0;
      case KernelEvent::kMigration:
      case KernelEvent::kSystemCall:
      case KernelEvent::kSignal:
        return true;
    }
    return false;
  }

  void Happen(KernelEvent event) {
    switch (event) {
      case KernelEvent::kGrant:
        return Grant();
      case KernelEvent::kPreemption:
      case KernelEvent::kRevocation:
        return Switch();
      case KernelEvent::kExpiry:
        return Expire();
      case KernelEvent::kMigration:
        return Migrate();
      case KernelEvent::kSystemCall:
        return ForeignSystemCall();
      case KernelEvent::kSignal:
        return DeliverSignal();
    }
  }

  // An interrupt that finds a reschedule due: grants, if asked to, or switches.
  // Returns whether it granted.
  bool Interrupt() {
    const bool asked = CanHappen(KernelEvent::kGrant);
    Happen(asked ? KernelEvent::kGrant : KernelEvent::kPreemption);
    return asked;
  }

  // A context switch, after an interrupt. (If in a system call, it would leave
  // the word as it is, unless it migrates the thread.)
  void Switch() { LoseCpu(revocations, preemptions); }

  void Expire() { LoseCpu(expiries, preemptions); }

  void Migrate() {
    LoseCpu(revocations, migrations);
    cpu_ = 1 - cpu_;
    area_->cpu_id_start = area_->cpu_id = CpuId();
    area_->node_id = NodeId();
    area_->mm_cid = MmCid();
  }

  // What the thread does: system calls of a lock, to end a grant, to wake a
  // waiter, which does that too, and to sleep as one, when that is done.

  void Yield() {
    Observe();
    if (granted_ == 0 && excused_ == 0) {
      Violation(answered_ != 0 ? kSecondCall
                               : "a yield is made without a grant");
    }
    EndLockCall(yields, idle_yields);
  }

  void Wake() {
    Observe();
    if (!ControlWord::kEndsByYieldOnly && answered_ != 0) {
      Violation(kSecondCall);
    }
    EndOtherCall();
  }

  void Sleep() {
    Observe();
    if (granted_ != 0) Violation("a grant is left while it sleeps");
    EndOtherCall();
    answered_ = 0;  // What it does when it wakes up is another matter.
  }

  // Where a test does not tell a wake from a sleep.
  void SystemCall(bool is_yield) {
    if (is_yield) return Yield();
    Observe();
    EndOtherCall();
  }

  // A system call that no lock answers for.
  void ForeignSystemCall() {
    Observe();
    if (call_checked_ != 0 && word().requested()) ++deadly_foreign_calls;
    if (granted_ != 0) excused_ = kExcused;
    EndCall(aborts, foreign_calls);
  }

  // The same, from a handler to the code that it has interrupted. That may have
  // seen a grant that is ended now.
  void ReturnFromSignal() {
    ForeignSystemCall();
    answered_ = 0;
    if ((interrupted_ & kWasGranted) != 0) excused_ = kExcused;
    if ((interrupted_ & kWasTaken) != 0) taken_ = 1;
    interrupted_ >>= kBitsPerSignal;
  }

  // What the thread has to keep to.

  // Looks whether it has so far. For use after every instruction, at best.
  void Observe() {
    if (word().requested()) answered_ = 0;
    if (excused_ > 0) --excused_;
    if (word().requested() && word().granted()) {
      Violation("the request is set while granted");
    }
    if (word().granted() != (granted_ != 0)) Violation("the grant is written");
    if (Bits() != BitsFor(word().requested(), word().granted())) {
      Violation("the reserved part of the word is written");
    }
    if (area_->cpu_id_start != CpuId() || area_->cpu_id != CpuId() ||
        area_->node_id != NodeId() || area_->mm_cid != MmCid()) {
      Violation("a field that is the kernel's alone is written");
    }
  }

  // The thread is in no section, and holds no lock.
  void BeOutside() { taken_ = 0; }

  // What the word must be when the thread is in no section, or waits in one.
  void ExpectIdle(const std::string& when) {
    if (word().requested()) Violation("a request is left " + when);
    if (word().granted()) Violation("a grant is left " + when);
  }

  // What it must be when the thread does `what`, for which it needs a section.
  void ExpectRequest(const std::string& what) {
    if (!has_requested()) Violation(what + " without a request");
  }

  void Violation(const std::string& what) { violations_.push_back(what); }

  const std::vector<std::string>& violations() const { return violations_; }
  std::vector<std::string> TakeViolations() {
    return std::exchange(violations_, {});
  }

 private:
  static constexpr char kSecondCall[] =
      "a grant is answered by a second system call";

  // From the moment at which a thread sees the grant to its yield, the kernel
  // may take it back. So many instructions are enough.
  static constexpr int kExcused = 64;

  ControlWord& word() { return area_->slice_ctrl; }
  const ControlWord& word() const { return area_->slice_ctrl; }

  // Whatever has become of the request.
  bool has_requested() const {
    return word().requested() || granted_ != 0 || taken_ != 0;
  }

  uint32_t CpuId() const { return static_cast<uint32_t>(cpu_); }
  uint32_t NodeId() const { return static_cast<uint32_t>(cpu_); }
  uint32_t MmCid() const { return static_cast<uint32_t>(cpu_); }

  void Grant() {
    Observe();
    ++grants;
    call_checked_ = granted_ = 1;
    Write(BitsFor(false, true));
  }

  // The handler runs within the grant there may be.
  void DeliverSignal() {
    Observe();
    interrupted_ <<= kBitsPerSignal;
    if (granted_ != 0) interrupted_ |= kWasGranted;
    if (taken_ != 0) interrupted_ |= kWasTaken;
  }

  template <typename Outside>
  void LoseCpu(int32_t& within, Outside& outside) {
    Observe();
    if (granted_ != 0) excused_ = kExcused;
    Count(within, outside);
    Clear();
  }

  // One of the two, whether within a grant or outside.
  template <typename Outside>
  void Count(int32_t& within, Outside& outside) {
    if (granted_ != 0) {
      ++within;
    } else {
      ++outside;
    }
  }

  void EndOtherCall() {
    if (ControlWord::kEndsByYieldOnly && granted_ != 0) {
      Violation("the kernel kills the thread for a system call within a grant");
    }
    EndLockCall(aborts, other_calls);
  }

  void EndLockCall(int32_t& within, int32_t& outside) {
    if (word().requested()) {
      Violation(call_checked_ != 0
                    ? "the kernel kills the thread for a system call with the "
                      "request set"
                    : "a system call is made with the request set");
    }
    excused_ = 0;
    answered_ |= granted_;
    EndCall(within, outside);
  }

  // A system call clears the word only within a grant.
  template <typename Outside>
  void EndCall(int32_t& within, Outside& outside) {
    Count(within, outside);
    call_checked_ = 0;
    if (granted_ != 0) Clear();
  }

  void Clear() {
    if (word().requested() || granted_ != 0) taken_ = 1;
    granted_ = 0;
    Write(0);
  }

  static uint32_t BitsFor(bool request, bool granted) {
    uint32_t bits = 0;
    if constexpr (std::is_same_v<ControlWord, rseq_abi::ByteControlWord>) {
      const uint8_t bytes[4] = {request, granted, 0, 0};
      memcpy(&bits, bytes, sizeof(bits));
    } else {
      if (request) bits |= 1;
      if (granted) bits |= 2;
    }
    return bits;
  }

  uint32_t Bits() const {
    uint32_t bits;
    memcpy(&bits, &word(), sizeof(bits));
    return bits;
  }

  void Write(uint32_t bits) {
    memcpy(static_cast<void*>(&word()), &bits, sizeof(bits));
  }

  SimulatedArea<ControlWord>* area_;
  std::vector<std::string> violations_;
};

// A kernel as sections see it, for one thread. All static, as the real one's.
template <typename Word>
struct SimulatedKernel {
  using ControlWord = Word;
  using Thread = rseq_abi::Thread<ControlWord>;

  static Thread& CurrentThread() { return thread; }
  static void PrepareThread() {
    ++preparations;
    thread.Prepare();
    thread.control = thread.heeded = &word;
  }
  static void Yield() {
    if (on_yield != nullptr) on_yield();
    side.SystemCall(/*is_yield=*/true);
  }

  static void Reset() {
    new (&thread) Thread();
    new (&area) SimulatedArea<ControlWord>();
    side = KernelSide<ControlWord>(&area);
    preparations = 0;
    on_yield = nullptr;
  }

  static inline Thread thread;
  static inline SimulatedArea<ControlWord> area;
  static inline ControlWord& word = area.slice_ctrl;
  static inline KernelSide<ControlWord> side{&area};
  static inline int preparations = 0;
  // Called as the thread yields, before its grant ends.
  static inline std::function<void()> on_yield;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SIMULATED_KERNEL_H_
