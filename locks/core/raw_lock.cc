#include "locks/core/raw_lock.h"

namespace slicelock {

static_assert(sizeof(RawLock<LinuxPlatform>) == 4, "the futex word");

template class Pace<LinuxPlatform>;
template class RawLock<LinuxPlatform>;

}  // namespace slicelock
