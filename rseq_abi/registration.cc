#include "rseq_abi/registration.h"

#include <cerrno>

#include "rseq_abi/c_library.h"
#include "rseq_abi/kernel_calls.h"

namespace slicelock::rseq_abi {
namespace {

// Turns the extension on in an area that is registered. The kernel's flag
// decides whether it can carry it, not the length: early kernels with the
// extension gave it to legacy registrations too.
Registration Enable(RseqArea* area, uint32_t length, StatusCode on) {
  const long result = EnableSliceExtension();
  if (!area->slice_available() || result == -kNotSupported) {
    return {length > kLegacyLength ? StatusCode::kOffKernelBoot
                                   : StatusCode::kOffLegacyRegistration,
            nullptr, result};
  }
  if (result < 0) return {StatusCode::kOffBlocked, nullptr, result};
  return {on, area, result};
}

// Registers before it asks whether the extension is off at boot: that answer,
// ENOTSUPP, is also the one for a legacy area of somebody else.
Registration RegisterOwn(OwnRseqArea* own, ExitHook hook, StatusCode on) {
  if (AreaFeatureSize() > sizeof(*own) ||
      AreaAlignment() > alignof(OwnRseqArea)) {
    return {StatusCode::kOffKernelWantsMore};
  }
  const long result = RegisterArea(&own->area, sizeof(*own));
  if (result == -EINVAL) return {StatusCode::kOffForeignRegistration};
  // EBUSY: it is registered already. A signal handler came between.
  if (result < 0 && result != -EBUSY) return {StatusCode::kOffBlocked};
  Registration registration = Enable(&own->area, sizeof(*own), on);
  if (registration.area != nullptr && !hook()) {
    registration.code = StatusCode::kOffNoExitHook;
    registration.area = nullptr;
  }
  if (registration.area == nullptr) Unregister(own);
  return registration;
}

Registration TakeOver(const CLibraryArea& c_library, OwnRseqArea* own,
                      ExitHook hook) {
  if (UnregisterArea(c_library.area, c_library.length) < 0) {
    return {StatusCode::kOffBlocked};
  }
  const Registration result = RegisterOwn(own, hook, StatusCode::kOnTakenOver);
  if (result.area == nullptr) {
    // Nothing gained: put back what was there.
    RegisterArea(c_library.area, c_library.length);
  }
  return result;
}

}  // namespace

Registration Register(std::optional<Policy> policy, OwnRseqArea* own,
                      ExitHook hook) {
  if (!policy.has_value()) return {StatusCode::kOffMisspeltPolicy};
  if (*policy == Policy::kOff) return {StatusCode::kOffPolicy};

  // First the question that changes nothing: a kernel without the extension
  // gives no reason to register anything.
  const long enabled = SliceExtensionEnabled();
  if (enabled == -EINVAL) return {StatusCode::kOffKernelTooOld};
  if (enabled == -kNotSupported) return {StatusCode::kOffKernelConfiguration};
  if (enabled < 0) return {StatusCode::kOffBlocked};

  const CLibraryArea c_library = FindCLibraryArea();
  if (c_library.area == nullptr) {
    return RegisterOwn(own, hook, StatusCode::kOnOwnArea);
  }
  const bool too_short =
      c_library.length <= kLegacyLength && !c_library.area->slice_available();
  if (too_short && *policy == Policy::kTakeover) {
    return TakeOver(c_library, own, hook);
  }
  return Enable(c_library.area, c_library.length, StatusCode::kOnCLibraryArea);
}

void Unregister(OwnRseqArea* own) { UnregisterArea(&own->area, sizeof(*own)); }

}  // namespace slicelock::rseq_abi
