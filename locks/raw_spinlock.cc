#include "locks/raw_spinlock.h"

namespace slicelock {

template class RawSpinLock<LinuxPlatform>;

}  // namespace slicelock
