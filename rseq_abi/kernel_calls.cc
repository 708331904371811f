#include "rseq_abi/kernel_calls.h"

#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "rseq_abi/signature.h"
#include "rseq_abi/system_call.h"

namespace slicelock::rseq_abi {
namespace {

#if defined(__alpha__)
constexpr long kSysRseqSliceYield = 581;
#else
constexpr long kSysRseqSliceYield = 471;
#endif

constexpr int kPrctlSliceExtension = 79;
constexpr unsigned long kSliceExtensionGet = 1;
constexpr unsigned long kSliceExtensionSet = 2;
constexpr unsigned long kSliceExtensionEnable = 1;

constexpr int kFlagUnregister = 1;

constexpr unsigned long kAuxRseqFeatureSize = 27;
constexpr unsigned long kAuxRseqAlign = 28;

long SliceExtensionControl(unsigned long operation, unsigned long argument) {
  return SystemCall(SYS_prctl, kPrctlSliceExtension, operation, argument, 0ul,
                    0ul);
}

}  // namespace

long SliceExtensionEnabled() {
  return SliceExtensionControl(kSliceExtensionGet, 0);
}

long EnableSliceExtension() {
  return SliceExtensionControl(kSliceExtensionSet, kSliceExtensionEnable);
}

long SliceYield() { return SystemCall(kSysRseqSliceYield); }

long RegisterArea(RseqArea* area, uint32_t length) {
  return SystemCall(SYS_rseq, area, length, 0, kSignature);
}

long UnregisterArea(RseqArea* area, uint32_t length) {
  return SystemCall(SYS_rseq, area, length, kFlagUnregister, kSignature);
}

unsigned long AreaFeatureSize() {
  const int saved_errno = errno;
  const unsigned long size = getauxval(kAuxRseqFeatureSize);
  errno = saved_errno;
  return size;
}

unsigned long AreaAlignment() {
  const int saved_errno = errno;
  const unsigned long alignment = getauxval(kAuxRseqAlign);
  errno = saved_errno;
  return alignment;
}

}  // namespace slicelock::rseq_abi
