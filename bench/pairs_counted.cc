#include "bench/pairs_counted.h"

#include <map>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bench/pairs.h"
#include "tests/kernel/runfiles.h"
#include "tests/kernel/temp_folder.h"
#include "tests/kernel/text_file.h"
#include "tests/run_program.h"

namespace slicelock::bench {
namespace {

// Nullopt if callgrind did not write so many.
std::optional<double> InstructionsIn(const std::string& profile) {
  for (absl::string_view line : absl::StrSplit(profile, '\n')) {
    double total;
    if (absl::ConsumePrefix(&line, "totals: ") &&
        absl::SimpleAtod(line, &total)) {
      return total;
    }
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, double> CountInstructions() {
  std::map<std::string, double> counts;
  const std::string program = kernel::FindRunfile("bench/counted_pairs");
  const kernel::TempFolder folder;
  if (program.empty() || folder.path().empty()) return counts;
  const std::string profile = folder.path() + "/profile";
  const testing::Outcome outcome = testing::RunInShell(
      absl::StrCat("valgrind --tool=callgrind --toggle-collect=slicelock_count "
                   "--dump-after=slicelock_count --callgrind-out-file='",
                   profile, "' '", program, "' 2>&1"));
  if (outcome.status != 0) return counts;
  int profiles = 0;
  ForEachPair([&](const auto& subject) {
    const auto instructions = InstructionsIn(
        kernel::ReadTextFile(absl::StrCat(profile, ".", ++profiles)));
    if (instructions) counts[subject.name] = *instructions / kPairsCounted;
  });
  return counts;
}

}  // namespace slicelock::bench
