// What is to be on where: the table of the coexistence matrix.

#ifndef SLICELOCK_TESTS_COEXISTENCE_EXPECTED_H_
#define SLICELOCK_TESTS_COEXISTENCE_EXPECTED_H_

#include "rseq_abi/status.h"

namespace slicelock::coexistence {

// What a C library registers for each thread, if it is left to.
enum class CLibrary {
  kShortArea,  // too short for the extension: glibc 2.35 to 2.40
  kLongArea,   // glibc 2.41 and later
  kNoArea,     // musl; glibc before 2.35
};
inline constexpr CLibrary kCLibraries[] = {
    CLibrary::kShortArea, CLibrary::kLongArea, CLibrary::kNoArea};

// Who registers an area for a thread.
enum class Registration {
  kCLibrary,   // the C library, if it does
  kNobody,     // not even the C library, by a tunable of glibc
  kTakenOver,  // the C library, and slicelock may take over
  kForeign,    // another library, and not the C library
};
inline constexpr Registration kRegistrations[] = {
    Registration::kCLibrary, Registration::kNobody, Registration::kTakenOver,
    Registration::kForeign};

enum class Kernel {
  kGrants,
  kOffAtBoot,     // has the extension, and was booted with rseq_slice_ext=0
  kBuiltWithout,  // has it, and was built without it
  kTooOld,
};
inline constexpr Kernel kKernels[] = {Kernel::kGrants, Kernel::kOffAtBoot,
                                      Kernel::kBuiltWithout, Kernel::kTooOld};

StatusCode ExpectedStatus(CLibrary c_library, Registration registration,
                          Kernel kernel);

// Where a way to register comes to nothing, or to another one: why.
const char* Remark(CLibrary c_library, Registration registration);

// For people, in some words.
const char* Name(CLibrary c_library);
const char* Name(Registration registration);
const char* Name(Kernel kernel);

}  // namespace slicelock::coexistence

#endif  // SLICELOCK_TESTS_COEXISTENCE_EXPECTED_H_
