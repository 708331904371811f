#include "rseq_abi/remedy.h"

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/rseq_area.h"
#include "rseq_abi/status.h"

namespace slicelock::rseq_abi {
namespace {

constexpr char kNoRseqTunable[] = "glibc.pthread.rseq=0";

// As the kernel reads a boolean parameter.
bool SaysOff(absl::string_view value) {
  return absl::StartsWithIgnoreCase(value, "0") ||
         absl::StartsWithIgnoreCase(value, "n") ||
         absl::StartsWithIgnoreCase(value, "f") ||
         absl::StartsWithIgnoreCase(value, "of");
}

bool GlibcRegistersLongAreas(const Diagnosis& diagnosis) {
  if (!diagnosis.glibc_version.has_value()) return false;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(*diagnosis.glibc_version, '.');
  int major;
  int minor;
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor)) {
    return false;
  }
  return major > 2 || (major == 2 && minor >= 41);
}

std::optional<Remedy> ForPolicy(const Diagnosis& diagnosis) {
  const StatusCode code = diagnosis.status.code();
  if (code != StatusCode::kOffPolicy &&
      code != StatusCode::kOffMisspeltPolicy) {
    return std::nullopt;
  }
  if (!diagnosis.slicelock_rseq.has_value()) {
    return Remedy{RemedyKind::kProgram,
                  "do not call slicelock::SetPolicy(Policy::kOff)"};
  }
  return Remedy{
      RemedyKind::kEnvironmentVariable,
      absl::StrCat("unset SLICELOCK_RSEQ, now \"", *diagnosis.slicelock_rseq,
                   "\", or set SLICELOCK_RSEQ=auto")};
}

std::optional<Remedy> ForKernel(const Diagnosis& diagnosis) {
  if (diagnosis.slice_extension_get == -EINVAL) {
    return Remedy{RemedyKind::kKernel,
                  "boot Linux 7.0 or later, built with "
                  "CONFIG_RSEQ_SLICE_EXTENSION=y"};
  }
  if (diagnosis.slice_extension_get == -kNotSupported) {
    return Remedy{RemedyKind::kKernelOption,
                  "build the kernel with CONFIG_RSEQ_SLICE_EXTENSION=y (x86, "
                  "s390, riscv and loongarch have it)"};
  }
  if (diagnosis.status.code() == StatusCode::kOffKernelBoot ||
      SaysOff(diagnosis.boot_parameter.value_or(""))) {
    return Remedy{RemedyKind::kBootParameter,
                  absl::StrCat("boot without rseq_slice_ext=",
                               diagnosis.boot_parameter.value_or("0"))};
  }
  return std::nullopt;
}

// Whether the C library's area would be too short, if that question was, or
// were, the next.
bool HasLegacyRegistration(const Diagnosis& diagnosis) {
  switch (diagnosis.status.code()) {
    case StatusCode::kOffLegacyRegistration:
      return true;
    case StatusCode::kOffPolicy:
    case StatusCode::kOffMisspeltPolicy:
    case StatusCode::kOffKernelTooOld:
    case StatusCode::kOffKernelConfiguration:
    case StatusCode::kOffBlocked:
      return diagnosis.area_owner == AreaOwner::kCLibrary &&
             diagnosis.c_library_rseq.has_value() &&
             diagnosis.c_library_rseq->size <= kLegacyLength &&
             (diagnosis.area_flags.value_or(0) & RseqArea::kSliceAvailable) ==
                 0 &&
             // Those that register as much as the kernel has need no more than
             // another kernel.
             !GlibcRegistersLongAreas(diagnosis) &&
             diagnosis.slicelock_rseq != "takeover";
    default:
      return false;
  }
}

std::optional<Remedy> ForLegacyRegistration(const Diagnosis& diagnosis) {
  if (!HasLegacyRegistration(diagnosis)) return std::nullopt;
  return Remedy{
      RemedyKind::kEnvironmentVariable,
      absl::StrCat("start the program with GLIBC_TUNABLES=", kNoRseqTunable)};
}

std::optional<Remedy> ForTheRest(const Diagnosis& diagnosis) {
  switch (diagnosis.status.code()) {
    case StatusCode::kOffForeignRegistration:
      if (GlibcRegistersLongAreas(diagnosis) &&
          absl::StrContains(diagnosis.glibc_tunables.value_or(""),
                            kNoRseqTunable)) {
        return Remedy{
            RemedyKind::kEnvironmentVariable,
            absl::StrCat("remove ", kNoRseqTunable, " from GLIBC_TUNABLES")};
      }
      return Remedy{RemedyKind::kProgram,
                    "keep the library that registers an rseq area from it"};
    case StatusCode::kOffBlocked:
      return Remedy{RemedyKind::kSeccompFilter,
                    "allow rseq(2) and prctl(2), in particular "
                    "PR_RSEQ_SLICE_EXTENSION (79)"};
    case StatusCode::kOffKernelWantsMore:
      return Remedy{RemedyKind::kCLibrary, "use glibc 2.41 or later"};
    case StatusCode::kOffNoExitHook:
      return Remedy{RemedyKind::kProgram,
                    "lock once before all thread-specific data keys are taken"};
    default:
      return std::nullopt;
  }
}

}  // namespace

const char* Name(RemedyKind kind) {
  switch (kind) {
    case RemedyKind::kKernel:
      return "kernel";
    case RemedyKind::kKernelOption:
      return "kernel option";
    case RemedyKind::kBootParameter:
      return "boot parameter";
    case RemedyKind::kCLibrary:
      return "C library";
    case RemedyKind::kEnvironmentVariable:
      return "environment variable";
    case RemedyKind::kSeccompFilter:
      return "seccomp filter";
    case RemedyKind::kProgram:
      return "program";
  }
  return "unknown";
}

std::vector<Remedy> FindRemedies(const Diagnosis& diagnosis) {
  if (diagnosis.status.on()) return {};
  std::vector<Remedy> remedies;
  for (const auto find :
       {ForPolicy, ForKernel, ForLegacyRegistration, ForTheRest}) {
    if (std::optional<Remedy> remedy = find(diagnosis)) {
      remedies.push_back(*std::move(remedy));
    }
  }
  return remedies;
}

}  // namespace slicelock::rseq_abi
