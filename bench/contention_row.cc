#include "bench/contention_row.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/fairness.h"
#include "bench/waits.h"

namespace slicelock::bench {

ContentionRow Summarize(std::vector<Contender>& contenders,
                        uint64_t increments_in_section,
                        uint64_t increments_seen) {
  ContentionRow row;
  std::vector<uint64_t> shares;
  std::vector<Waits> waits;
  for (Contender& contender : contenders) {
    row.acquisitions += contender.acquisitions;
    row.slices.grants += contender.slices.grants;
    row.slices.yields += contender.slices.yields;
    shares.push_back(contender.acquisitions);
    waits.push_back(std::move(contender.waits));
  }
  row.fairness = JainIndex(shares);
  row.waits = Summarize(waits);

  const uint64_t increments_done = row.acquisitions * increments_in_section;
  if (increments_seen != increments_done) {
    row.failure =
        absl::StrCat("mutual exclusion is broken: ", row.acquisitions,
                     " acquisitions incremented the shared counter ",
                     increments_done, " times, but it is ", increments_seen);
  } else if (row.acquisitions == 0) {
    row.failure = "no thread acquired the lock";
  }
  return row;
}

}  // namespace slicelock::bench
