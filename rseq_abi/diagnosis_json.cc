#include "rseq_abi/diagnosis_json.h"

#include <optional>
#include <string>

#include "nlohmann/json.hpp"
#include "rseq_abi/c_library.h"
#include "rseq_abi/error_name.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/remedy.h"
#include "rseq_abi/status_name.h"

namespace slicelock::rseq_abi {
namespace {

using Json = nlohmann::ordered_json;

Json OwnerName(AreaOwner owner) {
  switch (owner) {
    case AreaOwner::kCLibrary:
      return "c_library";
    case AreaOwner::kSlicelock:
      return "slicelock";
    case AreaOwner::kUnknown:
      break;
  }
  return nullptr;
}

template <typename Value>
Json OrNull(const std::optional<Value>& value) {
  return value.has_value() ? Json(*value) : Json(nullptr);
}

Json Changes(const Diagnosis& diagnosis) {
  Json changes = Json::array();
  for (const Remedy& remedy : FindRemedies(diagnosis)) {
    changes.push_back(
        Json{{"kind", Name(remedy.kind)}, {"change", remedy.change}});
  }
  return changes;
}

Json ToJson(const std::optional<CLibraryRseq>& rseq) {
  if (!rseq.has_value()) return nullptr;
  return {
      {"size", rseq->size}, {"offset", rseq->offset}, {"flags", rseq->flags}};
}

Json Answer(long answer) {
  const char* const error = ErrorName(-answer);
  return {{"answer", answer},
          {"error", error == nullptr ? Json(nullptr) : Json(error)}};
}

}  // namespace

std::string DiagnosisAsJson(const Diagnosis& diagnosis) {
  const Json json = {
      {"on", diagnosis.status.on()},
      {"status",
       {{"code", StatusName(diagnosis.status.code())},
        {"sentence", diagnosis.status.sentence()}}},
      {"changes", Changes(diagnosis)},
      {"kernel",
       {{"system", diagnosis.system},
        {"release", diagnosis.release},
        {"machine", diagnosis.machine},
        {"option", OrNull(diagnosis.kernel_option)},
        {"boot_parameter", OrNull(diagnosis.boot_parameter)},
        {"slice_ext_nsec", OrNull(diagnosis.slice_ext_nsec)}}},
      {"auxiliary_vector",
       {{"rseq_feature_size", diagnosis.area_feature_size},
        {"rseq_align", diagnosis.area_alignment}}},
      {"c_library",
       {{"glibc_version", OrNull(diagnosis.glibc_version)},
        {"rseq", ToJson(diagnosis.c_library_rseq)}}},
      {"area",
       {{"owner", OwnerName(diagnosis.area_owner)},
        {"flags", OrNull(diagnosis.area_flags)}}},
      {"prctl",
       {{"get", Answer(diagnosis.slice_extension_get)},
        {"set", diagnosis.slice_extension_set.has_value()
                    ? Answer(*diagnosis.slice_extension_set)
                    : Json(nullptr)}}},
      {"seccomp_mode", OrNull(diagnosis.seccomp_mode)},
      {"environment",
       {{"SLICELOCK_RSEQ", OrNull(diagnosis.slicelock_rseq)},
        {"GLIBC_TUNABLES", OrNull(diagnosis.glibc_tunables)}}},
  };
  // An environment variable can hold anything, also what is not UTF-8.
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace) +
         "\n";
}

}  // namespace slicelock::rseq_abi
