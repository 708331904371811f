#include "tests/coexistence/foreign_library.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace foreign {
namespace {

constexpr uint32_t kSignature = 0x53053053;  // As everybody on x86.

// The last four bytes were padding when such libraries were written, so they
// keep data there; a newer kernel may have its control word in them.
constexpr uint32_t kData = 0xfeedfeed;

struct alignas(32) Area {
  uint32_t cpu_id_start = 0;
  uint32_t cpu_id = static_cast<uint32_t>(-1);
  uint64_t rseq_cs = 0;
  uint32_t flags = 0;
  uint32_t node_id = 0;
  uint32_t mm_cid = 0;
  uint32_t data = kData;
};
static_assert(sizeof(Area) == 32);

__thread Area area;

bool Register() {
  return syscall(SYS_rseq, &area, sizeof(area), 0, kSignature) == 0;
}

}  // namespace

bool RegisterThread() { return Register(); }

bool AreaIsIntact() {
  const bool still_registered = !Register() && errno == EBUSY;
  return still_registered && area.data == kData;
}

}  // namespace foreign
