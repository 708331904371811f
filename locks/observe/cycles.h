#ifndef SLICELOCK_LOCKS_OBSERVE_CYCLES_H_
#define SLICELOCK_LOCKS_OBSERVE_CYCLES_H_

#include <time.h>

#include <cstdint>

namespace slicelock {

// Ticks of the counter that is read fastest: the processor's time stamp counter
// on x86, the virtual counter on arm64; elsewhere nanoseconds.
inline int64_t Cycles() {
#if defined(__x86_64__) || defined(__i386__)
  return static_cast<int64_t>(__builtin_ia32_rdtsc());
#elif defined(__aarch64__)
  int64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
#endif
}

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_CYCLES_H_
