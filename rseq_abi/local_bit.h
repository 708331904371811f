// Bit operations that are atomic on one CPU: an interrupt comes before or after
// them, never in between. Other CPUs may not touch the word.

#ifndef SLICELOCK_RSEQ_ABI_LOCAL_BIT_H_
#define SLICELOCK_RSEQ_ABI_LOCAL_BIT_H_

#include <cstdint>

namespace slicelock::rseq_abi {

// Clears bit `Bit` of `word` and returns whether it was set.
template <int Bit>
bool LocalTestAndClearBit(uint32_t& word) {
#if defined(__x86_64__) || defined(__i386__)
  // One instruction, so no interrupt comes between; no LOCK, which would pay
  // for the other CPUs.
  bool was_set;
  asm volatile("btrl %2, %0" : "+m"(word), "=@ccc"(was_set) : "i"(Bit));
  return was_set;
#else
  // What the others have is as good for all CPUs as for one: amoand on riscv64,
  // amand on loongarch64, lan on s390x, ldclr or a load-exclusive loop, which
  // an interrupt makes start again, on arm64.
  constexpr uint32_t kMask = uint32_t{1} << Bit;
  return (__atomic_fetch_and(&word, ~kMask, __ATOMIC_RELAXED) & kMask) != 0;
#endif
}

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_LOCAL_BIT_H_
