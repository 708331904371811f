// Time stamps that take no system call, whatever the clock of the machine: one
// between lock() and unlock() would end a grant, and clock_gettime(2) can be
// one, in an emulated guest for instance.

#ifndef SLICELOCK_BENCH_TIME_STAMP_H_
#define SLICELOCK_BENCH_TIME_STAMP_H_

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#elif !defined(__aarch64__)
#include <chrono>
#endif

namespace slicelock::bench {

using Ticks = int64_t;

// Not before the instructions that precede it are done.
inline Ticks Now() {
#if defined(__x86_64__)
  _mm_lfence();
  return static_cast<Ticks>(__rdtsc());
#elif defined(__aarch64__)
  Ticks ticks;
  asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
  return ticks;
#else
  return std::chrono::steady_clock::now().time_since_epoch().count();
#endif
}

// Measured against the steady clock by the first call, which takes a while.
double NanosecondsPerTick();

// By how much ticks and steady clock have come apart since that first call, as
// a fraction of the time: above a hundredth, ticks are no measure of time here.
double TickDrift();

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_TIME_STAMP_H_
