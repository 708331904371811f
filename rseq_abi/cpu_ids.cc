#include "rseq_abi/cpu_ids.h"

#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/rseq_area.h"
#include "rseq_abi/system_call.h"

namespace slicelock {
namespace {

using rseq_abi::RegisteredArea;
using rseq_abi::RseqArea;

// How much of every area the kernel keeps up to date. One that does not say
// knows no more than the first fields, up to `flags`.
uint32_t FeatureSize() {
  constexpr uint32_t kOriginalSize = 20;
  // Not a static local with an initializer, on whose guard a signal handler
  // could wait for ever.
  static std::atomic<uint32_t> known{0};
  uint32_t size = known.load(std::memory_order_relaxed);
  if (size == 0) {
    size = std::max<uint32_t>(rseq_abi::AreaFeatureSize(), kOriginalSize);
    known.store(size, std::memory_order_relaxed);
  }
  return size;
}

// What the thread's area has at `offset`, if the kernel writes it there.
std::optional<int> Read(std::atomic<uint32_t> RseqArea::*field, size_t offset) {
  const RegisteredArea registered = rseq_abi::FindRegisteredArea();
  const size_t end = offset + sizeof(uint32_t);
  if (registered.area == nullptr ||
      end > std::min(registered.length, FeatureSize())) {
    return std::nullopt;
  }
  return static_cast<int>(
      (registered.area->*field).load(std::memory_order_relaxed));
}

}  // namespace

int CurrentCpu() {
  const auto cpu = Read(&RseqArea::cpu_id, offsetof(RseqArea, cpu_id));
  if (cpu.has_value()) return *cpu;
  const int saved_errno = errno;
  const int answer = sched_getcpu();
  errno = saved_errno;
  return answer;
}

int CurrentNode() {
  const auto in_area = Read(&RseqArea::node_id, offsetof(RseqArea, node_id));
  if (in_area.has_value()) return *in_area;
  unsigned node;
  const long result = rseq_abi::SystemCall(SYS_getcpu, nullptr, &node, nullptr);
  return result == 0 ? static_cast<int>(node) : -1;
}

std::optional<int> CurrentMmCid() {
  return Read(&RseqArea::mm_cid, offsetof(RseqArea, mm_cid));
}

}  // namespace slicelock
