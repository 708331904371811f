#include "tests/kernel/slice_statistics.h"

#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "tests/kernel/text_file.h"

namespace slicelock::kernel {
namespace {

std::optional<uint64_t> Find(const std::map<std::string, uint64_t>& numbers,
                             const std::string& name) {
  const auto found = numbers.find(name);
  if (found == numbers.end()) return std::nullopt;
  return found->second;
}

}  // namespace

SliceStatistics operator-(const SliceStatistics& after,
                          const SliceStatistics& before) {
  return {after.grants - before.grants, after.expirations - before.expirations,
          after.revocations - before.revocations, after.yields - before.yields,
          after.aborts - before.aborts};
}

std::optional<SliceStatistics> ParseSliceStatistics(const std::string& text) {
  std::map<std::string, uint64_t> numbers;
  std::istringstream stream(text);
  std::string name;
  uint64_t number;
  while (stream >> name >> number) numbers[name] = number;

  const auto grants = Find(numbers, "sgrant:");
  const auto expirations = Find(numbers, "sexpir:");
  const auto revocations = Find(numbers, "srevok:");
  const auto yields = Find(numbers, "syield:");
  const auto aborts = Find(numbers, "sabort:");
  if (!grants || !expirations || !revocations || !yields || !aborts) {
    return std::nullopt;
  }
  return SliceStatistics{*grants, *expirations, *revocations, *yields, *aborts};
}

std::optional<SliceStatistics> ReadSliceStatistics() {
  return ParseSliceStatistics(ReadTextFile("/sys/kernel/debug/rseq/stats"));
}

}  // namespace slicelock::kernel
