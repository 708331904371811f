// A kernel for tests, that grants when told to. It plays the other half of the
// time slice protocol on a control word of this process, every event at a
// moment that the test chooses, and notes where the thread breaks the rules
// (the kernel's Documentation/userspace-api/rseq.rst).

#ifndef SLICELOCK_TESTS_SIMULATED_KERNEL_H_
#define SLICELOCK_TESTS_SIMULATED_KERNEL_H_

#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include "rseq_abi/control_word.h"
#include "rseq_abi/thread.h"

namespace slicelock::testing {

// The kernel's side of one thread's control word.
template <typename ControlWord>
class KernelSide {
 public:
  explicit KernelSide(ControlWord* word) : word_(word) {}

  // An interrupt that finds a reschedule due: grants, if asked to, or switches.
  // Returns whether it granted.
  bool Interrupt() {
    Observe();
    if (granted_ || !word_->requested()) {
      Switch();
      return false;
    }
    ++grants;
    call_checked_ = true;
    Write(false, granted_ = true);
    return true;
  }

  // A context switch; with it ends a grant that there was. (What migration and
  // an extension that has run out look like, too.)
  void Switch() {
    Observe();
    if (granted_) ++revocations;
    Write(false, granted_ = false);
  }

  // A system call of the thread, made by a lock.
  void SystemCall(bool is_yield) {
    Observe();
    if (word_->requested()) {
      // With rseq_debug=1 the first call after a grant would be the last.
      Violation(call_checked_ ? "the kernel kills the thread for a system call "
                                "with the request set"
                              : "a system call is made with the request set");
    }
    EndGrant(is_yield);
  }

  // A system call of the thread that no lock answers for.
  void ForeignSystemCall() {
    Observe();
    EndGrant(/*is_yield=*/false);
  }

  // Looks whether the thread has kept the rules so far. For use after every
  // instruction, at best.
  void Observe() {
    if (word_->requested() && word_->granted()) {
      Violation("the request is set while granted");
    }
    if (word_->granted() != granted_) Violation("the grant is written");
  }

  // What the word must be when the thread is in no section, or waits in one.
  void ExpectIdle(const std::string& when) {
    if (word_->requested()) Violation("a request is left " + when);
    if (word_->granted()) Violation("a grant is left " + when);
  }

  const std::vector<std::string>& violations() const { return violations_; }

  int grants = 0;
  // How they ended: by a yield, by another system call, by a switch.
  int yields = 0;
  int aborts = 0;
  int revocations = 0;
  // System calls outside a grant: yields, and others.
  int idle_yields = 0;
  int other_calls = 0;

 private:
  void EndGrant(bool is_yield) {
    if (granted_) {
      ++(is_yield ? yields : aborts);
    } else {
      ++(is_yield ? idle_yields : other_calls);
    }
    call_checked_ = false;
    Write(false, granted_ = false);
  }

  void Violation(const std::string& what) { violations_.push_back(what); }

  void Write(bool request, bool granted) {
    if constexpr (std::is_same_v<ControlWord, rseq_abi::ByteControlWord>) {
      const uint8_t bytes[4] = {request, granted, 0, 0};
      memcpy(static_cast<void*>(word_), bytes, sizeof(bytes));
    } else {
      const uint32_t bits = request | granted << 1;
      memcpy(static_cast<void*>(word_), &bits, sizeof(bits));
    }
  }

  ControlWord* word_;
  // What the kernel has put there itself.
  bool granted_ = false;
  // The next system call is looked at, since there was a grant.
  bool call_checked_ = false;
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
    thread.control = thread.heeded = &word;
  }
  static void Yield() {
    if (on_yield != nullptr) on_yield();
    side.SystemCall(/*is_yield=*/true);
  }

  static void Reset() {
    new (&thread) Thread();
    new (&word) ControlWord();
    side = KernelSide<ControlWord>(&word);
    preparations = 0;
    on_yield = nullptr;
  }

  static inline Thread thread;
  static inline ControlWord word;
  static inline KernelSide<ControlWord> side{&word};
  static inline int preparations = 0;
  // Called as the thread yields, before its grant ends.
  static inline std::function<void()> on_yield;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SIMULATED_KERNEL_H_
