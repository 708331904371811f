// The word through which a thread asks for a longer time slice and learns that
// it was given one. It holds two flags:
//
//   request  set by the thread; cleared by the thread, or by the kernel as it
//            grants or switches away
//   granted  set and cleared by the kernel, never by the thread
//
// The three states and who moves between them:
//
//               Request                  interrupt, reschedule due
//     idle ---------------> requested ------------------------------> granted
//      ^ ^                     |  |                                     |
//      | '--- Withdraw --------'  | context switch                      |
//      '--------------------------'-------------------------------------'
//                                         any system call, or context switch
//
// There are two kinds of it, with the same interface: that of Linux 7.0 and
// later, and that of the patches as first posted in September 2025, which no
// release has. They differ in their layout, and in what ends a grant.
//
// Only the owning thread, its signal handlers and the kernel on the thread's
// own CPU touch the word. So nothing here orders memory between CPUs; what
// matters is the order of the instructions, which callers keep with signal
// fences.

#ifndef SLICELOCK_RSEQ_ABI_CONTROL_WORD_H_
#define SLICELOCK_RSEQ_ABI_CONTROL_WORD_H_

#include <atomic>
#include <cstdint>

#include "rseq_abi/local_bit.h"

namespace slicelock::rseq_abi {

// The layout of Linux 7.0 and later: byte 0 is `request`, byte 1 `granted`, the
// others are reserved, zero.
class ByteControlWord {
 public:
  // Whether nothing but a yield may end a grant.
  static constexpr bool kEndsByYieldOnly = false;

  constexpr ByteControlWord() = default;

  bool requested() const {
    return request_.load(std::memory_order_relaxed) != 0;
  }
  bool granted() const { return granted_.load(std::memory_order_relaxed) != 0; }

  // Asks. Only when idle, and where no signal handler can have left a request
  // or a grant since that was seen.
  void Request() { request_.store(1, std::memory_order_relaxed); }

  // Asks if the word is idle, in one step that neither an interrupt nor a
  // signal handler can come between. Returns whether it was.
  bool RequestIfIdle() {
    const ByteControlWord requested(1, 0);
    Whole expected = 0;
    return __atomic_compare_exchange_n(
        reinterpret_cast<Whole*>(this), &expected,
        *reinterpret_cast<const Whole*>(&requested),
        /*weak=*/false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  }

  // Takes the request back. Returns whether it was still there. If not, a
  // context switch has dropped it, or it was granted: then the thread owes the
  // kernel one system call, soon.
  bool Withdraw() {
    const bool was_requested = requested();
    request_.store(0, std::memory_order_relaxed);
    // A grant can come until then.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return was_requested && !granted();
  }

 private:
  using Whole = uint32_t __attribute__((may_alias));

  constexpr ByteControlWord(uint8_t request, uint8_t granted)
      : request_(request), granted_(granted) {}

  alignas(4) std::atomic<uint8_t> request_{0};
  std::atomic<uint8_t> granted_{0};
  [[maybe_unused]] uint16_t reserved_ = 0;
};

// The layout of the first posting: bit 0 is REQUEST, bit 1 GRANTED. Its kernel
// killed a thread for any system call but the yield within a grant.
class BitControlWord {
 public:
  static constexpr bool kEndsByYieldOnly = true;

  constexpr BitControlWord() = default;

  bool requested() const { return (Load() & kRequestMask) != 0; }
  bool granted() const { return (Load() & kGrantedMask) != 0; }

  void Request() { __atomic_store_n(&word_, kRequestMask, __ATOMIC_RELAXED); }

  bool RequestIfIdle() {
    uint32_t expected = 0;
    return __atomic_compare_exchange_n(&word_, &expected, kRequestMask,
                                       /*weak=*/false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
  }

  bool Withdraw() {
    // Both flags share the word: a plain store could wipe out a grant.
    return LocalTestAndClearBit<kRequestBit>(word_);
  }

 private:
  static constexpr int kRequestBit = 0;
  static constexpr int kGrantedBit = 1;
  static constexpr uint32_t kRequestMask = uint32_t{1} << kRequestBit;
  static constexpr uint32_t kGrantedMask = uint32_t{1} << kGrantedBit;

  uint32_t Load() const { return __atomic_load_n(&word_, __ATOMIC_RELAXED); }

  uint32_t word_ = 0;
};

static_assert(sizeof(ByteControlWord) == 4 && sizeof(BitControlWord) == 4);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_CONTROL_WORD_H_
