// What would turn time slice extensions on where they are off.

#ifndef SLICELOCK_RSEQ_ABI_REMEDY_H_
#define SLICELOCK_RSEQ_ABI_REMEDY_H_

#include <string>
#include <vector>

#include "rseq_abi/diagnosis.h"

namespace slicelock::rseq_abi {

// What to change.
enum class RemedyKind {
  kKernel,
  kKernelOption,
  kBootParameter,
  kCLibrary,
  kEnvironmentVariable,
  kSeccompFilter,
  kProgram,
};

struct Remedy {
  RemedyKind kind;
  // An imperative, such as "boot without rseq_slice_ext=0".
  std::string change;
};

// Such as "boot parameter".
const char* Name(RemedyKind kind);

// As a rule one. Several, if several things stand in the way: all of them are
// needed. None if the extension is on.
std::vector<Remedy> FindRemedies(const Diagnosis& diagnosis);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_REMEDY_H_
