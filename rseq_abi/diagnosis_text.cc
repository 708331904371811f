#include "rseq_abi/diagnosis_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "rseq_abi/error_name.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/remedy.h"
#include "rseq_abi/rseq_area.h"

namespace slicelock::rseq_abi {
namespace {

// A variable can hold anything, also what would command a terminal, or pass
// for another row.
std::string Printable(absl::string_view value) {
  std::string text(value);
  std::replace_if(text.begin(), text.end(), absl::ascii_iscntrl, '?');
  return text;
}

void AddRow(absl::string_view label, absl::string_view value,
            std::string& text) {
  absl::StrAppendFormat(&text, "%-16s %s\n", label, Printable(value));
}

std::string KernelOption(const Diagnosis& diagnosis) {
  constexpr char kName[] = "CONFIG_RSEQ_SLICE_EXTENSION";
  if (!diagnosis.kernel_option.has_value()) {
    return absl::StrCat(kName, " unknown: no /boot/config-", diagnosis.release);
  }
  if (*diagnosis.kernel_option == "n") return absl::StrCat(kName, " not set");
  return absl::StrCat(kName, "=", *diagnosis.kernel_option);
}

std::string BootParameter(const Diagnosis& diagnosis) {
  if (!diagnosis.boot_parameter.has_value()) return "no rseq_slice_ext=";
  return absl::StrCat("rseq_slice_ext=", *diagnosis.boot_parameter);
}

std::string ExtensionLength(const Diagnosis& diagnosis) {
  if (!diagnosis.slice_ext_nsec.has_value()) {
    return "unknown: no access to /sys/kernel/debug/rseq/slice_ext_nsec";
  }
  return absl::StrCat(*diagnosis.slice_ext_nsec, " ns");
}

std::string AuxiliaryVector(const Diagnosis& diagnosis) {
  if (diagnosis.area_feature_size == 0) return "no AT_RSEQ_FEATURE_SIZE";
  return absl::StrCat("AT_RSEQ_FEATURE_SIZE ", diagnosis.area_feature_size,
                      ", AT_RSEQ_ALIGN ", diagnosis.area_alignment);
}

std::string CLibrary(const Diagnosis& diagnosis) {
  if (!diagnosis.glibc_version.has_value()) return "not glibc";
  return absl::StrCat("glibc ", *diagnosis.glibc_version);
}

std::string CLibraryRegistration(const Diagnosis& diagnosis) {
  const std::optional<CLibraryRseq>& rseq = diagnosis.c_library_rseq;
  if (!rseq.has_value()) return "it tells of none";
  if (rseq->size == 0) return "it registered none";
  return absl::StrFormat("__rseq_size %d, __rseq_offset %d, __rseq_flags %d",
                         rseq->size, rseq->offset, rseq->flags);
}

std::string AreaFlags(uint32_t flags) {
  std::string text = absl::StrFormat("flags %#x", flags);
  if ((flags & RseqArea::kSliceAvailable) != 0) {
    absl::StrAppend(&text, ", extension available");
  }
  if ((flags & RseqArea::kSliceEnabled) != 0) {
    absl::StrAppend(&text, ", enabled");
  }
  return text;
}

std::string AreaInUse(const Diagnosis& diagnosis) {
  if (!diagnosis.area_flags.has_value()) return "none that is known";
  const bool own = diagnosis.area_owner == AreaOwner::kSlicelock;
  return absl::StrCat(own ? "slicelock's" : "the C library's", ", ",
                      AreaFlags(*diagnosis.area_flags));
}

std::string Refusal(long answer) {
  const char* const name = ErrorName(-answer);
  return absl::StrCat(
      answer, name == nullptr ? "" : " ", name == nullptr ? "" : name, ", ",
      answer == -kNotSupported ? "Not supported"
                               : std::strerror(static_cast<int>(-answer)));
}

std::string AnswerToGet(const Diagnosis& diagnosis) {
  const long answer = diagnosis.slice_extension_get;
  if (answer < 0) return Refusal(answer);
  return answer == 0 ? "0, not enabled" : "1, enabled";
}

std::string AnswerToSet(const Diagnosis& diagnosis) {
  if (!diagnosis.slice_extension_set.has_value()) return "not asked";
  const long answer = *diagnosis.slice_extension_set;
  return answer < 0 ? Refusal(answer) : "0, done";
}

std::string Seccomp(const Diagnosis& diagnosis) {
  if (!diagnosis.seccomp_mode.has_value()) return "unknown";
  switch (*diagnosis.seccomp_mode) {
    case 0:
      return "0, none";
    case 1:
      return "1, strict";
    case 2:
      return "2, a filter";
  }
  return absl::StrCat(*diagnosis.seccomp_mode);
}

std::string Variable(const std::optional<std::string>& value,
                     absl::string_view unset) {
  return value.has_value() ? absl::StrCat("\"", *value, "\"")
                           : std::string(unset);
}

}  // namespace

std::string DiagnosisAsText(const Diagnosis& diagnosis) {
  std::string text;
  AddRow("Status", diagnosis.status.sentence(), text);
  absl::string_view label = "To turn them on";
  for (const Remedy& remedy : FindRemedies(diagnosis)) {
    AddRow(label, absl::StrCat(Name(remedy.kind), ": ", remedy.change), text);
    label = "and";
  }
  absl::StrAppend(&text, "\n");
  AddRow("Kernel",
         absl::StrCat(diagnosis.system, " ", diagnosis.release, " ",
                      diagnosis.machine),
         text);
  AddRow("Built with", KernelOption(diagnosis), text);
  AddRow("Booted with", BootParameter(diagnosis), text);
  AddRow("Extension", ExtensionLength(diagnosis), text);
  AddRow("Auxiliary vector", AuxiliaryVector(diagnosis), text);
  AddRow("C library", CLibrary(diagnosis), text);
  AddRow("Its rseq area", CLibraryRegistration(diagnosis), text);
  AddRow("Area in use", AreaInUse(diagnosis), text);
  AddRow("prctl GET", AnswerToGet(diagnosis), text);
  AddRow("prctl SET", AnswerToSet(diagnosis), text);
  AddRow("Seccomp mode", Seccomp(diagnosis), text);
  AddRow("SLICELOCK_RSEQ",
         Variable(diagnosis.slicelock_rseq, "not set, as \"auto\""), text);
  AddRow("GLIBC_TUNABLES", Variable(diagnosis.glibc_tunables, "not set"), text);
  return text;
}

}  // namespace slicelock::rseq_abi
