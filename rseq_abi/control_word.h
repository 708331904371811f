// The word through which a thread asks for a longer time slice and learns that
// it was given one.
//
//   byte 0  request  set by the thread; cleared by the thread, and by the
//                    kernel when it grants or switches away
//   byte 1  granted  set and cleared by the kernel, never written here
//   2 and 3          reserved, zero
//
// The four states and who moves between them:
//
//               Request                  interrupt, reschedule due
//     idle ---------------> requested ------------------------------> granted
//      ^ ^                     |  |                                     |
//      | '--- Withdraw --------'  | any context switch                  |
//      '--------------------------'-----------------------------------<-'
//                                   any system call, or any context switch
//
// Only the owning thread, its signal handlers and the kernel on the thread's
// own CPU touch the word. So nothing here orders memory between CPUs; what
// matters is the order of the instructions, which callers keep with signal
// fences.

#ifndef SLICELOCK_RSEQ_ABI_CONTROL_WORD_H_
#define SLICELOCK_RSEQ_ABI_CONTROL_WORD_H_

#include <atomic>
#include <cstdint>

namespace slicelock::rseq_abi {

// The layout of Linux 7.0 and later.
class ByteControlWord {
 public:
  constexpr ByteControlWord() = default;

  // A word in the granted state: nobody requests through it.
  static constexpr ByteControlWord Granted() { return ByteControlWord(1); }

  bool requested() const {
    return request_.load(std::memory_order_relaxed) != 0;
  }
  bool granted() const { return granted_.load(std::memory_order_relaxed) != 0; }

  // Asks. Only when not granted, and where no signal handler can have left a
  // request or a grant since that was seen.
  void Request() { request_.store(1, std::memory_order_relaxed); }

  // Asks if the word is idle, in one step that neither an interrupt nor a
  // signal handler can come between.
  void RequestIfIdle() {
    const ByteControlWord requested(1, 0);
    Whole expected = 0;
    __atomic_compare_exchange_n(reinterpret_cast<Whole*>(this), &expected,
                                *reinterpret_cast<const Whole*>(&requested),
                                /*weak=*/false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
  }

  // Takes the request back. True if a grant came first: then the thread owes
  // the kernel one system call, soon.
  bool Withdraw() {
    request_.store(0, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return granted();
  }

 private:
  using Whole = uint32_t __attribute__((may_alias));

  explicit constexpr ByteControlWord(uint8_t granted) : granted_(granted) {}
  constexpr ByteControlWord(uint8_t request, uint8_t granted)
      : request_(request), granted_(granted) {}

  alignas(4) std::atomic<uint8_t> request_{0};
  std::atomic<uint8_t> granted_{0};
  [[maybe_unused]] uint16_t reserved_ = 0;
};

static_assert(sizeof(ByteControlWord) == 4);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_CONTROL_WORD_H_
