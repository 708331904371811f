// How deep a thread is in sections, and how often it has requested an
// extension: one word, so that entering a section counts both in one addition.
//
//    31      30             16 15             0
//   +------+------------------+----------------+
//   | full |     requests     |     depth      |
//   +------+------------------+----------------+
//
//   depth     sections entered and not left
//   requests  made since they were last taken away
//   full      it is time to take them away
//
// Only the thread and its signal handlers use it; a handler leaves the depth as
// it found it. (Should a thread ever be 65,536 deep, a section is left too soon
// once, and a request is miscounted.)

#ifndef SLICELOCK_RSEQ_ABI_SECTION_WORD_H_
#define SLICELOCK_RSEQ_ABI_SECTION_WORD_H_

#include <cstdint>

namespace slicelock::rseq_abi {

class SectionWord {
 public:
  // As many requests as make it full.
  static constexpr uint32_t kFull = 0x8000;

  int32_t depth() const { return word_ & kDepthMask; }
  void SetDepth(int32_t depth) {
    word_ = (word_ & ~kDepthMask) | static_cast<uint32_t>(depth);
  }

  // The outermost section, with a request. Returns whether the word is full.
  bool EnterRequested() {
    word_ += kOneRequest + 1;
    return full();
  }
  void EnterNested() { ++word_; }

  // Returns whether it was the outermost.
  bool Leave() {
    --word_;
    return depth() == 0;
  }

  void CountRequest() { word_ += kOneRequest; }
  bool full() const { return static_cast<int32_t>(word_) < 0; }
  uint32_t requests() const { return word_ >> kRequestsShift; }
  uint32_t TakeRequests() {
    const uint32_t taken = requests();
    word_ &= kDepthMask;
    return taken;
  }

 private:
  static constexpr int kRequestsShift = 16;
  static constexpr uint32_t kOneRequest = uint32_t{1} << kRequestsShift;
  static constexpr uint32_t kDepthMask = kOneRequest - 1;

  uint32_t word_ = 0;
};

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_SECTION_WORD_H_
