#include "rseq_abi/kernel_text.h"

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace slicelock::rseq_abi {

std::optional<std::string> LastWordAfter(absl::string_view prefix,
                                         std::istream& text) {
  std::optional<std::string> found;
  for (std::string word; text >> word;) {
    absl::string_view rest = word;
    if (absl::ConsumePrefix(&rest, prefix)) found = std::string(rest);
  }
  return found;
}

std::optional<int> NumberInLine(absl::string_view prefix, std::istream& text) {
  for (std::string line; std::getline(text, line);) {
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, prefix)) continue;
    int number;
    if (!absl::SimpleAtoi(rest, &number)) return std::nullopt;
    return number;
  }
  return std::nullopt;
}

}  // namespace slicelock::rseq_abi
