#include "rseq_abi/status_name.h"

#include "rseq_abi/status.h"

namespace slicelock::rseq_abi {

const char* StatusName(StatusCode code) {
  switch (code) {
    case StatusCode::kOnCLibraryArea:
      return "on_c_library_area";
    case StatusCode::kOnOwnArea:
      return "on_own_area";
    case StatusCode::kOnTakenOver:
      return "on_taken_over";
    case StatusCode::kOffPolicy:
      return "off_policy";
    case StatusCode::kOffMisspeltPolicy:
      return "off_misspelt_policy";
    case StatusCode::kOffKernelTooOld:
      return "off_kernel_too_old";
    case StatusCode::kOffKernelConfiguration:
      return "off_kernel_configuration";
    case StatusCode::kOffKernelBoot:
      return "off_kernel_boot";
    case StatusCode::kOffLegacyRegistration:
      return "off_legacy_registration";
    case StatusCode::kOffForeignRegistration:
      return "off_foreign_registration";
    case StatusCode::kOffBlocked:
      return "off_blocked";
    case StatusCode::kOffKernelWantsMore:
      return "off_kernel_wants_more";
    case StatusCode::kOffNoExitHook:
      return "off_no_exit_hook";
    case StatusCode::kOffUnprepared:
      return "off_unprepared";
    case StatusCode::kOffThreadExiting:
      return "off_thread_exiting";
  }
  return "unknown";
}

}  // namespace slicelock::rseq_abi
