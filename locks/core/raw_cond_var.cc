#include "locks/core/raw_cond_var.h"

namespace slicelock {

template class RawCondVar<LinuxPlatform>;

}  // namespace slicelock
