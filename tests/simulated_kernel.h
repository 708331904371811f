// A kernel for tests, that grants when told to. It plays the other half of the
// time slice protocol on a control word of this process: single-threaded, every
// event at a moment that the test chooses.

#ifndef SLICELOCK_TESTS_SIMULATED_KERNEL_H_
#define SLICELOCK_TESTS_SIMULATED_KERNEL_H_

#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <type_traits>

#include "rseq_abi/control_word.h"
#include "rseq_abi/thread.h"

namespace slicelock::testing {

// What a lock's sections take as their kernel. All static, as the real one's.
template <typename Word>
struct SimulatedKernel {
  using ControlWord = Word;
  using Thread = rseq_abi::Thread<ControlWord>;

  // The side of the locks.
  static Thread& CurrentThread() { return thread; }
  static void PrepareThread() {
    ++preparations;
    thread.control = &word;
  }
  static void Yield() {
    if (on_yield != nullptr) on_yield();
    SystemCall(/*is_yield=*/true);
  }

  // The side of the kernel. An interrupt that finds a reschedule due; whether
  // it granted.
  static bool Interrupt() {
    const Flags flags = Read();
    if (flags.granted || !flags.request) {
      Write({false, false});  // A context switch.
      return false;
    }
    Write({false, true});
    ++grants;
    return true;
  }

  // Any system call of the thread.
  static void SystemCall(bool is_yield = false) {
    const Flags flags = Read();
    if (flags.request) ++calls_with_request;
    if (flags.granted) {
      ++(is_yield ? yields : aborts);
    } else {
      ++calls_without_grant;
    }
    Write({false, false});
  }

  static void Reset() {
    new (&thread) Thread();
    new (&word) ControlWord();
    preparations = grants = yields = aborts = 0;
    calls_without_grant = calls_with_request = 0;
    on_yield = nullptr;
  }

  static inline Thread thread;
  static inline ControlWord word;
  static inline int preparations = 0;
  static inline int grants = 0;
  static inline int yields = 0;
  // Grants ended by another system call.
  static inline int aborts = 0;
  static inline int calls_without_grant = 0;
  static inline int calls_with_request = 0;
  // Called as the thread yields, before its grant ends.
  static inline std::function<void()> on_yield;

 private:
  struct Flags {
    bool request;
    bool granted;
  };

  static Flags Read() { return {word.requested(), word.granted()}; }

  static void Write(Flags flags) {
    if constexpr (std::is_same_v<Word, rseq_abi::ByteControlWord>) {
      const uint8_t bytes[4] = {flags.request, flags.granted, 0, 0};
      memcpy(static_cast<void*>(&word), bytes, sizeof(bytes));
    } else {
      const uint32_t bits = flags.request | flags.granted << 1;
      memcpy(static_cast<void*>(&word), &bits, sizeof(bits));
    }
  }
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SIMULATED_KERNEL_H_
