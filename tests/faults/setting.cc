#include "tests/faults/setting.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tests/kernel/text_file.h"

namespace slicelock::testing {
namespace {

std::vector<std::string> Words(const std::string& file) {
  return absl::StrSplit(kernel::ReadTextFile(file), absl::ByAnyChar(" \n"),
                        absl::SkipEmpty());
}

bool IsChosen(absl::string_view word) { return absl::StartsWith(word, "("); }

std::string WithoutParentheses(absl::string_view word) {
  absl::ConsumePrefix(&word, "(");
  absl::ConsumeSuffix(&word, ")");
  return std::string(word);
}

}  // namespace

std::string GetSetting(const std::string& file) {
  const std::vector<std::string> words = Words(file);
  for (const std::string& word : words) {
    if (IsChosen(word) || words.size() == 1) return WithoutParentheses(word);
  }
  return "";
}

std::vector<std::string> SettingChoices(const std::string& file) {
  std::vector<std::string> choices;
  for (const std::string& word : Words(file)) {
    choices.push_back(WithoutParentheses(word));
  }
  return choices;
}

bool SetSetting(const std::string& file, const std::string& value) {
  std::ofstream(file) << value;
  return GetSetting(file) == value;
}

}  // namespace slicelock::testing
