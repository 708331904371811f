// How deep a thread is in sections, how often it has requested an extension,
// and whether entering a section takes more than that: one word, so that one
// test and one addition enter a section.
//
//    31      30             16      15       14           0
//   +------+------------------+------------+--------------+
//   | full |     requests     | unprepared |    depth     |
//   +------+------------------+------------+--------------+
//
//   depth       sections entered and not left
//   unprepared  until the thread has entered its first; depth is 0 as long
//   requests    made since they were last taken away
//   full        it is time to take them away
//
// Only the thread and its signal handlers use it; a handler leaves the depth as
// it found it. (Should a thread ever be 32,768 deep, its next section prepares
// it again, and one is left too soon.)

#ifndef SLICELOCK_RSEQ_ABI_SECTION_WORD_H_
#define SLICELOCK_RSEQ_ABI_SECTION_WORD_H_

#include <cstdint>

namespace slicelock::rseq_abi {

class SectionWord {
 public:
  // As many requests as make it full.
  static constexpr uint32_t kFull = 0x8000;

  int32_t depth() const { return static_cast<int32_t>(word_ & kDepthMask); }
  bool prepared() const { return (word_ & kUnprepared) == 0; }
  bool full() const { return static_cast<int32_t>(word_) < 0; }
  uint32_t requests() const { return word_ >> kRequestsShift; }

  // Whether to enter a section is to enter the outermost, and nothing else.
  bool ready() const {
    return (word_ & (kFull << kRequestsShift | kUnprepared | kDepthMask)) == 0;
  }
  bool in_outermost() const {
    return (word_ & (kUnprepared | kDepthMask)) == 1;
  }

  void EnterRequesting() { Add(kOneRequest + 1); }
  void Enter(int32_t sections = 1) { Add(static_cast<uint32_t>(sections)); }
  void Leave(int32_t sections = 1) { Add(-static_cast<uint32_t>(sections)); }
  void CountRequest() { Add(kOneRequest); }
  void NotePrepared() { word_ &= ~kUnprepared; }

  // At once: a handler may take them as well.
  uint32_t TakeRequests() {
    constexpr uint32_t kOthers = kOneRequest - 1;
    return __atomic_fetch_and(&word_, kOthers, __ATOMIC_RELAXED) >>
           kRequestsShift;
  }

 private:
  static constexpr int kRequestsShift = 16;
  static constexpr uint32_t kOneRequest = uint32_t{1} << kRequestsShift;
  static constexpr uint32_t kUnprepared = kOneRequest >> 1;
  static constexpr uint32_t kDepthMask = kUnprepared - 1;

  // One instruction, where there is one that adds to memory: no signal handler
  // comes between, and what it has counted stays counted. (Of `+=` the compiler
  // makes several where it has loaded the word anyway.)
  void Add(uint32_t number) {
#if defined(__x86_64__) || defined(__i386__)
    asm("addl %1, %0" : "+m"(word_) : "ir"(number) : "cc");
#else
    word_ += number;
#endif
  }

  uint32_t word_ = kUnprepared;
};

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_SECTION_WORD_H_
