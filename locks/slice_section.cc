#include "locks/slice_section.h"

namespace slicelock {

template class BasicSliceSection<rseq_abi::RunningKernel>;

}  // namespace slicelock
