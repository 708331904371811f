// The area that a thread shares with the kernel through rseq(2), as Linux 7.0
// and later lay it out (include/uapi/linux/rseq.h; its meaning is told in
// Documentation/userspace-api/rseq.rst).

#ifndef SLICELOCK_RSEQ_ABI_RSEQ_AREA_H_
#define SLICELOCK_RSEQ_ABI_RSEQ_AREA_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "rseq_abi/control_word.h"

namespace slicelock::rseq_abi {

struct RseqArea {
  // `cpu_id` when the area is not registered, or could not be.
  static constexpr uint32_t kUninitialized = static_cast<uint32_t>(-1);
  static constexpr uint32_t kRegistrationFailed = static_cast<uint32_t>(-2);

  // `flags`, written by the kernel only.
  static constexpr uint32_t kSliceAvailable = 1u << 4;
  static constexpr uint32_t kSliceEnabled = 1u << 5;

  // Whether the kernel keeps this area up to date.
  bool registered() const {
    const uint32_t id = cpu_id.load(std::memory_order_relaxed);
    return id != kUninitialized && id != kRegistrationFailed;
  }

  // Whether slice_ctrl means anything: elsewhere its bytes are padding, or
  // somebody's data.
  bool slice_available() const {
    return (flags.load(std::memory_order_relaxed) & kSliceAvailable) != 0;
  }

  uint32_t cpu_id_start = 0;
  std::atomic<uint32_t> cpu_id = kUninitialized;
  uint64_t rseq_cs = 0;
  std::atomic<uint32_t> flags = 0;
  std::atomic<uint32_t> node_id = 0;
  std::atomic<uint32_t> mm_cid = 0;
  ByteControlWord slice_ctrl;
};

static_assert(offsetof(RseqArea, cpu_id) == 4);
static_assert(offsetof(RseqArea, flags) == 16);
static_assert(offsetof(RseqArea, node_id) == 20);
static_assert(offsetof(RseqArea, mm_cid) == 24);
static_assert(offsetof(RseqArea, slice_ctrl) == 28);
static_assert(sizeof(RseqArea) == 32);

// A registration of this length or less is "legacy", and gets no extension.
constexpr uint32_t kLegacyLength = 32;

// An area of this library's own: long enough, and aligned well enough, to be
// registered for the extension (getauxval(AT_RSEQ_ALIGN) is 64 on Linux 7.3).
struct alignas(64) OwnRseqArea {
  RseqArea area;
  unsigned char reserved[64 - sizeof(RseqArea)] = {};
};
static_assert(sizeof(OwnRseqArea) == 64);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_RSEQ_AREA_H_
