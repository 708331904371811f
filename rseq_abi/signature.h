#ifndef SLICELOCK_RSEQ_ABI_SIGNATURE_H_
#define SLICELOCK_RSEQ_ABI_SIGNATURE_H_

#include <cstdint>

namespace slicelock::rseq_abi {

// What stands before the abort address of every restartable sequence, so that
// the kernel jumps nowhere else: an instruction that traps. All code of a
// process has to agree on it (glibc's <sys/rseq.h>, librseq, and
// tools/testing/selftests/rseq in the kernel).
#if defined(__x86_64__) || defined(__i386__)
constexpr uint32_t kSignature = 0x53053053;
#elif defined(__aarch64__) && defined(__AARCH64EB__)
constexpr uint32_t kSignature = 0x00bc28d4;
#elif defined(__aarch64__)
constexpr uint32_t kSignature = 0xd428bc00;
#elif defined(__arm__) && defined(__ARMEB__)
constexpr uint32_t kSignature = 0xf3def5e7;
#elif defined(__arm__)
constexpr uint32_t kSignature = 0xe7f5def3;
#elif defined(__loongarch__)
constexpr uint32_t kSignature = 0x002a0010;
#elif defined(__mips__)
constexpr uint32_t kSignature = 0x0350000d;
#elif defined(__or1k__)
constexpr uint32_t kSignature = 0x15000035;
#elif defined(__powerpc__)
constexpr uint32_t kSignature = 0x0fe5000b;
#elif defined(__riscv)
constexpr uint32_t kSignature = 0xf1401073;
#elif defined(__s390__)
constexpr uint32_t kSignature = 0xb2ff0fff;
#else
// Linux has no rseq(2) there.
constexpr uint32_t kSignature = 0;
#endif

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_SIGNATURE_H_
