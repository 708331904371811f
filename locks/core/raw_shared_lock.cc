#include "locks/core/raw_shared_lock.h"

namespace slicelock {

static_assert(sizeof(RawSharedLock<LinuxPlatform>) == 8, "two futex words");

template class RawSharedLock<LinuxPlatform>;

}  // namespace slicelock
