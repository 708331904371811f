#include "locks/observe/probes.h"

#ifndef STAP_PROBE
#define STAP_PROBE(provider, name)
#endif

#include "absl/base/attributes.h"

namespace slicelock::probes {

ABSL_ATTRIBUTE_COLD void SliceGranted() {
  STAP_PROBE(slicelock, slice_granted);
}

ABSL_ATTRIBUTE_COLD void SliceYield() { STAP_PROBE(slicelock, slice_yield); }

ABSL_ATTRIBUTE_COLD void SliceRevoked() {
  STAP_PROBE(slicelock, slice_revoked);
}

}  // namespace slicelock::probes
