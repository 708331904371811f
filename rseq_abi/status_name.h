// A status for programs and tables.

#ifndef SLICELOCK_RSEQ_ABI_STATUS_NAME_H_
#define SLICELOCK_RSEQ_ABI_STATUS_NAME_H_

#include "rseq_abi/status.h"

namespace slicelock::rseq_abi {

// Such as "on_own_area" for StatusCode::kOnOwnArea.
const char* StatusName(StatusCode code);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_STATUS_NAME_H_
