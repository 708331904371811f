// A diagnosis for people.

#ifndef SLICELOCK_RSEQ_ABI_DIAGNOSIS_TEXT_H_
#define SLICELOCK_RSEQ_ABI_DIAGNOSIS_TEXT_H_

#include <string>

#include "rseq_abi/diagnosis.h"

namespace slicelock::rseq_abi {

// A table of some twenty lines: the answer first, then what to change, then
// what both rest on.
std::string DiagnosisAsText(const Diagnosis& diagnosis);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_DIAGNOSIS_TEXT_H_
