#include "locks/raw_mutex.h"

namespace slicelock {

template class RawMutex<LinuxPlatform>;

}  // namespace slicelock
