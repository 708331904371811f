// A diagnosis for programs.

#ifndef SLICELOCK_RSEQ_ABI_DIAGNOSIS_JSON_H_
#define SLICELOCK_RSEQ_ABI_DIAGNOSIS_JSON_H_

#include <string>

#include "rseq_abi/diagnosis.h"

namespace slicelock::rseq_abi {

// One JSON object, over several lines. It always has the same fields; what is
// not known, or not there, is null.
//
//   on                      whether extensions are on
//   status                  {code, sentence}: as StatusCode and Status say
//   changes                 [{kind, change}]: what would turn them on
//   kernel                  {system, release, machine, option, boot_parameter,
//                           slice_ext_nsec}
//   auxiliary_vector        {rseq_feature_size, rseq_align}: 0 if not there
//   c_library               {glibc_version, rseq: {size, offset, flags}}
//   area                    {owner, flags}: the area that is registered now
//   prctl                   {get, set}, each {answer, error}: as Diagnosis
//                           says, and the name of -errno; set is null if not
//                           asked
//   seccomp_mode
//   environment             {SLICELOCK_RSEQ, GLIBC_TUNABLES}
std::string DiagnosisAsJson(const Diagnosis& diagnosis);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_DIAGNOSIS_JSON_H_
