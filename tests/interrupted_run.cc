#include "tests/interrupted_run.h"

#include <cinttypes>
#include <cstdio>

namespace slicelock::testing {
namespace {

std::string Row(const char* name, const Tally::Pairs& pairs) {
  char row[128];
  snprintf(row, sizeof(row),
           "%-12s%13zu%11" PRId64 "%11" PRId64 "%11" PRId64 "\n", name,
           pairs.instructions.size(), pairs.tried, pairs.within_grant,
           pairs.violations);
  return row;
}

}  // namespace

Tally::Pairs Tally::sum() const {
  Pairs sum;
  for (const Pairs& each : pairs) {
    sum.instructions.insert(each.instructions.begin(), each.instructions.end());
    sum.tried += each.tried;
    sum.within_grant += each.within_grant;
  }
  sum.violations = static_cast<int64_t>(violations.size());
  return sum;
}

std::string Tally::Table() const {
  std::string table =
      "event        instructions      pairs    granted violations\n";
  for (const KernelEvent event : kKernelEvents) {
    table += Row(NameOf(event), at(event));
  }
  return table + Row("all", sum());
}

}  // namespace slicelock::testing
