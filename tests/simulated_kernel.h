// A kernel for tests, that grants when told to. It plays the other half of the
// time slice protocol on a control word of this process: single-threaded, every
// event at a moment that the test chooses.

#ifndef SLICELOCK_TESTS_SIMULATED_KERNEL_H_
#define SLICELOCK_TESTS_SIMULATED_KERNEL_H_

#include <cstdint>
#include <cstring>
#include <functional>
#include <new>

#include "rseq_abi/control_word.h"
#include "rseq_abi/thread.h"

namespace slicelock::testing {

// What a lock's sections take as their kernel. All static, as the real one's.
struct SimulatedKernel {
  using ControlWord = rseq_abi::ByteControlWord;
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
    Bytes bytes = Read();
    if (bytes.granted != 0 || bytes.request == 0) {
      Write({0, 0});  // A context switch.
      return false;
    }
    Write({0, 1});
    ++grants;
    return true;
  }

  // Any system call of the thread.
  static void SystemCall(bool is_yield = false) {
    const Bytes bytes = Read();
    if (bytes.request != 0) ++calls_with_request;
    if (bytes.granted != 0) {
      ++(is_yield ? yields : aborts);
    } else {
      ++calls_without_grant;
    }
    Write({0, 0});
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
  struct Bytes {
    uint8_t request;
    uint8_t granted;
  };

  static Bytes Read() {
    Bytes bytes;
    memcpy(&bytes, static_cast<const void*>(&word), sizeof(bytes));
    return bytes;
  }
  static void Write(Bytes bytes) {
    memcpy(static_cast<void*>(&word), &bytes, sizeof(bytes));
  }
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SIMULATED_KERNEL_H_
