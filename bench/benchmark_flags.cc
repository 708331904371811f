#include "bench/benchmark_flags.h"

#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace slicelock::bench {
namespace {

constexpr char kAny[] = "--benchmark_";
constexpr char kContext[] = "--benchmark_context=";
constexpr char kFormat[] = "--benchmark_format=";
constexpr char kOut[] = "--benchmark_out=";

bool Works(absl::string_view flag) {
  return absl::StartsWith(flag, kContext) || absl::StartsWith(flag, kFormat) ||
         absl::StartsWith(flag, kOut);
}

}  // namespace

absl::Status CheckBenchmarkFlags(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (!absl::StartsWith(argument, kAny) || Works(argument)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "Google Benchmark's flags here are ", kFormat, "json, ", kOut,
        "FILE and ", kContext, "KEY=VALUE, not ", argument,
        ": other flags choose the rows, and how long and how often they are "
        "measured; see --help"));
  }
  return absl::OkStatus();
}

bool WritesFile(const std::vector<std::string>& arguments) {
  return absl::c_any_of(arguments, [](const std::string& argument) {
    return absl::StartsWith(argument, kOut);
  });
}

}  // namespace slicelock::bench
