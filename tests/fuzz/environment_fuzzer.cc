// Gives environment variables and everything else that the doctor looks at any
// value. Aborts when the answer is not what it should be.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "fuzzer/FuzzedDataProvider.h"
#include "nlohmann/json.hpp"
#include "rseq_abi/diagnosis.h"
#include "rseq_abi/diagnosis_json.h"
#include "rseq_abi/diagnosis_text.h"
#include "rseq_abi/kernel_text.h"
#include "rseq_abi/policy.h"
#include "rseq_abi/policy_name.h"
#include "rseq_abi/remedy.h"
#include "rseq_abi/status.h"
#include "tests/fuzz/reference.h"

namespace slicelock::fuzz {
namespace {

using Json = nlohmann::json;
using rseq_abi::Diagnosis;

constexpr int kStatusCodes =
    static_cast<int>(StatusCode::kOffThreadExiting) + 1;
// What system calls answer: no less than -errno.
constexpr long kLeastAnswer = -4095;

// What the doctor looks for in the kernel's files.
constexpr char kOption[] = "rseq_slice_ext=";
constexpr char kLine[] = "Seccomp:";

// What no variable can hold ends it.
std::string AsVariable(FuzzedDataProvider& bytes) {
  return bytes.ConsumeRandomLengthString().c_str();
}

template <typename Value>
std::optional<Value> Sometimes(FuzzedDataProvider& bytes, Value&& value) {
  if (bytes.ConsumeBool()) return std::nullopt;
  return value;
}

Diagnosis AnyDiagnosis(FuzzedDataProvider& bytes) {
  const auto number = [&] { return bytes.ConsumeIntegral<uint32_t>(); };
  const auto text = [&] { return bytes.ConsumeRandomLengthString(); };
  const auto answer = [&] {
    return bytes.ConsumeIntegralInRange<long>(kLeastAnswer, 1);
  };
  Diagnosis diagnosis;
  diagnosis.status = Status(static_cast<StatusCode>(
      bytes.ConsumeIntegralInRange<int>(0, kStatusCodes - 1)));
  diagnosis.system = text();
  diagnosis.release = text();
  diagnosis.machine = text();
  diagnosis.kernel_option = Sometimes(bytes, text());
  diagnosis.boot_parameter = Sometimes(bytes, text());
  diagnosis.slice_ext_nsec = Sometimes(bytes, static_cast<int>(number()));
  diagnosis.area_feature_size = number();
  diagnosis.area_alignment = number();
  diagnosis.glibc_version = Sometimes(bytes, text());
  diagnosis.c_library_rseq = Sometimes(
      bytes,
      rseq_abi::CLibraryRseq{static_cast<int>(number()), number(), number()});
  diagnosis.area_owner =
      static_cast<rseq_abi::AreaOwner>(bytes.ConsumeIntegralInRange<int>(0, 2));
  diagnosis.area_flags = Sometimes(bytes, number());
  diagnosis.slice_extension_get = answer();
  diagnosis.slice_extension_set = Sometimes(bytes, answer());
  diagnosis.seccomp_mode = Sometimes(bytes, static_cast<int>(number()));
  diagnosis.slicelock_rseq = Sometimes(bytes, AsVariable(bytes));
  diagnosis.glibc_tunables = Sometimes(bytes, AsVariable(bytes));
  return diagnosis;
}

void CheckPolicy(const std::string& name) {
  const std::optional<Policy> policy = rseq_abi::PolicyNamed(name);
  bool is_name = false;
  for (const auto& [known, meant] :
       {std::pair("auto", Policy::kAuto), std::pair("off", Policy::kOff),
        std::pair("takeover", Policy::kTakeover)}) {
    if (name != known) continue;
    is_name = true;
    Expect(policy == meant, "a policy is taken for another");
  }
  Expect(policy.has_value() == is_name, "a policy is misread");
}

void CheckThatVariablesAreFound(const std::string& slicelock_rseq,
                                const std::string& glibc_tunables) {
  setenv("SLICELOCK_RSEQ", slicelock_rseq.c_str(), 1);
  setenv("GLIBC_TUNABLES", glibc_tunables.c_str(), 1);
  const Diagnosis diagnosis = rseq_abi::Diagnose();
  Expect(diagnosis.slicelock_rseq == slicelock_rseq &&
             diagnosis.glibc_tunables == glibc_tunables,
         "a variable is misread");
}

void CheckRemedies(const Diagnosis& diagnosis) {
  const std::vector<rseq_abi::Remedy> remedies =
      rseq_abi::FindRemedies(diagnosis);
  Expect(remedies.empty() || !diagnosis.status.on(), "a remedy for nothing");
  for (const rseq_abi::Remedy& remedy : remedies) {
    Expect(Name(remedy.kind) != std::string("unknown"), "a remedy of no kind");
    Expect(!remedy.change.empty(), "a remedy that changes nothing");
  }
}

// Words that the doctor looks for, among others.
std::string AnyKernelText(FuzzedDataProvider& bytes) {
  constexpr const char* kPieces[] = {" ", "\t", "\n", kOption, kLine, "1", "0"};
  std::string text;
  for (int pieces = bytes.ConsumeIntegral<uint8_t>() % 16; pieces > 0;
       --pieces) {
    const size_t piece =
        bytes.ConsumeIntegralInRange<size_t>(0, std::size(kPieces));
    text += piece < std::size(kPieces) ? kPieces[piece]
                                       : bytes.ConsumeRandomLengthString();
  }
  return text;
}

void CheckThatOptionsAreFound(const std::string& text) {
  std::istringstream file(text);
  std::optional<std::string> expected;
  for (const absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \t\n\v\f\r"))) {
    if (absl::StartsWith(word, kOption)) {
      expected = std::string(word.substr(strlen(kOption)));
    }
  }
  Expect(rseq_abi::LastWordAfter(kOption, file) == expected,
         "an option of the kernel is misread");
}

void CheckThatNumbersAreFound(const std::string& text) {
  std::istringstream file(text);
  const std::string in_lines = "\n" + text;
  const size_t line = in_lines.find(absl::StrCat("\n", kLine));
  std::optional<int> expected;
  if (line != std::string::npos) {
    const size_t begin = line + 1 + strlen(kLine);
    int number;
    if (absl::SimpleAtoi(
            in_lines.substr(begin, in_lines.find('\n', begin) - begin),
            &number)) {
      expected = number;
    }
  }
  Expect(rseq_abi::NumberInLine(kLine, file) == expected,
         "a number of the kernel's is misread");
}

// Null if `text` is not UTF-8.
Json AsJson(const std::optional<std::string>& text) {
  if (!text.has_value()) return nullptr;
  try {
    Json json = *text;
    static_cast<void>(json.dump());
    return json;
  } catch (const Json::type_error&) {
    return nullptr;
  }
}

void CheckJson(const Diagnosis& diagnosis) {
  const std::string text = DiagnosisAsJson(diagnosis);
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  Expect(!json.is_discarded(), "what should be JSON is not");
  Expect(json["on"] == diagnosis.status.on(), "JSON tells another status");
  const Json variable = AsJson(diagnosis.slicelock_rseq);
  Expect(
      variable.is_null() || json["environment"]["SLICELOCK_RSEQ"] == variable,
      "JSON tells another value of a variable");
}

void CheckText(const Diagnosis& diagnosis) {
  // The status, an empty line, and what it rests on.
  constexpr size_t kLines = 15;
  size_t lines = 0;
  for (const char c : DiagnosisAsText(diagnosis)) {
    if (c == '\n') {
      ++lines;
    } else {
      Expect(!absl::ascii_iscntrl(static_cast<unsigned char>(c)),
             "a value can command the terminal");
    }
  }
  Expect(lines == kLines + rseq_abi::FindRemedies(diagnosis).size(),
         "a value can pass for another line");
}

}  // namespace
}  // namespace slicelock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace slicelock::fuzz;
  FuzzedDataProvider bytes(data, size);
  const std::string slicelock_rseq = AsVariable(bytes);
  CheckPolicy(slicelock_rseq);
  CheckThatVariablesAreFound(slicelock_rseq, AsVariable(bytes));
  const std::string text = AnyKernelText(bytes);
  CheckThatOptionsAreFound(text);
  CheckThatNumbersAreFound(text);
  const Diagnosis diagnosis = AnyDiagnosis(bytes);
  CheckRemedies(diagnosis);
  CheckJson(diagnosis);
  CheckText(diagnosis);
  return 0;
}
