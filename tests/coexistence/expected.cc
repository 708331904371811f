#include "tests/coexistence/expected.h"

#include <cstdlib>

#include "rseq_abi/status.h"

namespace slicelock::coexistence {
namespace {

using C = CLibrary;
using R = Registration;

constexpr StatusCode kInPlace = StatusCode::kOnCLibraryArea;
constexpr StatusCode kOwn = StatusCode::kOnOwnArea;
constexpr StatusCode kTaken = StatusCode::kOnTakenOver;
constexpr StatusCode kLegacy = StatusCode::kOffLegacyRegistration;
constexpr StatusCode kForeign = StatusCode::kOffForeignRegistration;
constexpr StatusCode kBoot = StatusCode::kOffKernelBoot;

struct Row {
  CLibrary c_library;
  Registration registration;
  StatusCode if_kernel_grants;
  StatusCode if_off_at_boot;
  const char* remark = "";
};

// clang-format off
constexpr Row kRows[] = {
    {C::kShortArea, R::kCLibrary,  kLegacy,  kLegacy},
    {C::kShortArea, R::kNobody,    kOwn,     kBoot},
    {C::kShortArea, R::kTakenOver, kTaken,   kBoot},
    {C::kShortArea, R::kForeign,   kForeign, kForeign},

    {C::kLongArea,  R::kCLibrary,  kInPlace, kBoot},
    {C::kLongArea,  R::kNobody,    kOwn,     kBoot},
    {C::kLongArea,  R::kTakenOver, kInPlace, kBoot, "no need to take over"},
    {C::kLongArea,  R::kForeign,   kForeign, kForeign},

    {C::kNoArea,    R::kCLibrary,  kOwn,     kBoot, "registers nothing"},
    {C::kNoArea,    R::kNobody,    kOwn,     kBoot, "knows no such tunable"},
    {C::kNoArea,    R::kTakenOver, kOwn,     kBoot, "nothing to take over"},
    {C::kNoArea,    R::kForeign,   kForeign, kForeign},
};
// clang-format on

const Row& RowOf(CLibrary c_library, Registration registration) {
  for (const Row& row : kRows) {
    if (row.c_library == c_library && row.registration == registration) {
      return row;
    }
  }
  abort();
}

}  // namespace

StatusCode ExpectedStatus(CLibrary c_library, Registration registration,
                          Kernel kernel) {
  switch (kernel) {
    case Kernel::kGrants:
      return RowOf(c_library, registration).if_kernel_grants;
    case Kernel::kOffAtBoot:
      return RowOf(c_library, registration).if_off_at_boot;
    case Kernel::kBuiltWithout:
      return StatusCode::kOffKernelConfiguration;
    case Kernel::kTooOld:
      return StatusCode::kOffKernelTooOld;
  }
  abort();
}

const char* Remark(CLibrary c_library, Registration registration) {
  return RowOf(c_library, registration).remark;
}

const char* Name(CLibrary c_library) {
  switch (c_library) {
    case CLibrary::kShortArea:
      return "glibc 2.35 to 2.40";
    case CLibrary::kLongArea:
      return "glibc 2.41 or later";
    case CLibrary::kNoArea:
      return "musl, older glibc";
  }
  abort();
}

const char* Name(Registration registration) {
  switch (registration) {
    case Registration::kCLibrary:
      return "C library";
    case Registration::kNobody:
      return "nobody, by tunable";
    case Registration::kTakenOver:
      return "taken over";
    case Registration::kForeign:
      return "foreign library";
  }
  abort();
}

const char* Name(Kernel kernel) {
  switch (kernel) {
    case Kernel::kGrants:
      return "grants";
    case Kernel::kOffAtBoot:
      return "off at boot";
    case Kernel::kBuiltWithout:
      return "built without";
    case Kernel::kTooOld:
      return "too old";
  }
  abort();
}

}  // namespace slicelock::coexistence
