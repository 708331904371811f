// Bit operations that are atomic on one CPU: an interrupt comes before or after
// them, never in between. Other CPUs may not touch the word.

#ifndef SLICELOCK_RSEQ_ABI_LOCAL_BIT_H_
#define SLICELOCK_RSEQ_ABI_LOCAL_BIT_H_

#include <cstdint>

namespace slicelock::rseq_abi {

// Clears bit `Bit` of `word` and returns whether it was set, by...
//
//   x86-64, i386  btr, without LOCK, which would pay for the other CPUs
//   riscv64       amoand.w
//   s390x         lan
//   loongarch64   amand.w; with an older Clang amand_db.w
//   arm64         ldclr, with -march=armv8.1-a; by default a call of libgcc's,
//                 that takes ldclr if the processor has it, else ldxr and stxr,
//                 which an interrupt makes start again
//   others        what is atomic for all CPUs
//
// Only x86 has something cheaper than what is atomic for all CPUs but puts no
// other access to memory in order.
template <int Bit>
bool LocalTestAndClearBit(uint32_t& word) {
#if defined(__x86_64__) || defined(__i386__)
  bool was_set;
  asm volatile("btrl %2, %0" : "+m"(word), "=@ccc"(was_set) : "i"(Bit));
  return was_set;
#else
  constexpr uint32_t kMask = uint32_t{1} << Bit;
  return (__atomic_fetch_and(&word, ~kMask, __ATOMIC_RELAXED) & kMask) != 0;
#endif
}

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_LOCAL_BIT_H_
