#include "tests/coexistence/tables.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "rseq_abi/status.h"
#include "tests/coexistence/expected.h"

namespace slicelock::coexistence {
namespace {

std::string Verdict(const CellResult& result) {
  const std::string verdict = result.ok ? "ok" : "WRONG";
  if (result.remark.empty()) return verdict;
  return absl::StrCat(verdict, " (", result.remark, ")");
}

const char* OnOrOff(CLibrary c_library, Registration registration,
                    Kernel kernel) {
  const Status status(ExpectedStatus(c_library, registration, kernel));
  return status.on() ? "ON" : "off";
}

}  // namespace

std::string TableOfResults(const std::vector<CellResult>& results) {
  constexpr char kLine[] = "%-11s  %-18s  %-24s  %-24s  %6s  %s\n";
  std::string table = absl::StrFormat(kLine, "C library", "areas by",
                                      "expected", "found", "grants", "verdict");
  for (const CellResult& result : results) {
    absl::StrAppendFormat(&table, kLine, result.c_library, result.registration,
                          result.expected, result.found,
                          absl::StrCat(result.grants), Verdict(result));
  }
  return table;
}

std::string TableOfExpectations() {
  constexpr char kFirst[] = "%-19s  %-18s";
  constexpr char kNext[] = "%15s";
  std::string table = absl::StrFormat(kFirst, "C library", "areas by");
  for (const Kernel kernel : kKernels) {
    absl::StrAppendFormat(&table, kNext, Name(kernel));
  }
  for (const CLibrary c_library : kCLibraries) {
    for (const Registration registration : kRegistrations) {
      absl::StrAppend(&table, "\n");
      absl::StrAppendFormat(&table, kFirst, Name(c_library),
                            Name(registration));
      for (const Kernel kernel : kKernels) {
        absl::StrAppendFormat(&table, kNext,
                              OnOrOff(c_library, registration, kernel));
      }
    }
  }
  return absl::StrCat(table, "\n");
}

}  // namespace slicelock::coexistence
