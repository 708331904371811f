// What the lock algorithms take from their surroundings. They are templates
// over it, so that a model checker or a simulated kernel can run the very text
// that ships.

#ifndef SLICELOCK_LOCKS_PLATFORM_H_
#define SLICELOCK_LOCKS_PLATFORM_H_

#include <atomic>
#include <cstdint>

#include "locks/slice_section.h"

namespace slicelock {

struct LinuxPlatform {
  template <typename T>
  using Atomic = std::atomic<T>;

  using Section = SliceSection;

  // Tells the processor that this is a loop that waits.
  static void Relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#elif defined(__riscv)
    asm volatile(".insn i 0x0f, 0, x0, x0, 0x010");  // pause
#endif
  }

  // Lets another thread run on this CPU.
  static void YieldCpu();

  // Sleeps until woken, if `word` still is `expected`. May return early. See
  // futex(2), FUTEX_WAIT and FUTEX_WAKE.
  static void Park(std::atomic<uint32_t>& word, uint32_t expected);

  // Wakes one thread that parked on `word`.
  static void WakeOne(std::atomic<uint32_t>& word);
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_PLATFORM_H_
