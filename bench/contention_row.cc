#include "bench/contention_row.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/fairness.h"
#include "bench/measurement.h"
#include "bench/table_reporter.h"
#include "bench/wait_figures.h"
#include "bench/waits.h"

namespace slicelock::bench {

ContentionRow Summarize(std::vector<Contender>& contenders,
                        uint64_t increments_in_section,
                        uint64_t increments_seen) {
  ContentionRow row;
  std::vector<uint64_t> shares;
  std::vector<Waits> waits;
  uint64_t exclusive = 0;
  bool disturbed = false;
  for (Contender& contender : contenders) {
    exclusive += contender.exclusive;
    disturbed |= contender.disturbed;
    row.acquisitions += contender.acquisitions;
    row.slices.grants += contender.slices.grants;
    row.slices.yields += contender.slices.yields;
    shares.push_back(contender.acquisitions);
    waits.push_back(std::move(contender.waits));
  }
  row.fairness = JainIndex(shares);
  row.waits = Summarize(waits);

  const uint64_t increments_done = exclusive * increments_in_section;
  if (increments_seen != increments_done) {
    row.failure =
        absl::StrCat("mutual exclusion is broken: ", exclusive,
                     " acquisitions incremented the shared counter ",
                     increments_done, " times, but it is ", increments_seen);
  } else if (disturbed) {
    row.failure =
        "mutual exclusion is broken: the shared counter changed while the lock "
        "was shared";
  } else if (row.acquisitions == 0) {
    row.failure = "no thread acquired the lock";
  }
  return row;
}

Measurement Figures(const ContentionRow& row, Requests requests) {
  const double acquisitions = static_cast<double>(row.acquisitions);
  Measurement measurement;
  measurement.failure = row.failure;
  measurement.elapsed = row.period.elapsed;
  measurement.cpu_time = row.period.cpu_time;
  measurement.operations = row.acquisitions;
  auto& figures = measurement.figures;
  figures["acquisitions"] = acquisitions;
  figures["acquisitions_per_second"] =
      acquisitions / absl::ToDoubleSeconds(row.period.elapsed);
  AddWaits(row.waits, "wait", figures);
  figures["fairness"] = row.fairness;
  figures["cpu_ns_per_acquisition"] =
      absl::ToDoubleNanoseconds(row.period.cpu_time) / acquisitions;
  if (row.period.cpu_time_of_bystanders > absl::ZeroDuration()) {
    figures["cpus_of_bystanders"] = absl::FDivDuration(
        row.period.cpu_time_of_bystanders, row.period.elapsed);
  }
  if (row.cache_line_round_trip > absl::ZeroDuration()) {
    figures["cache_line_round_trip_ns"] =
        absl::ToDoubleNanoseconds(row.cache_line_round_trip);
  }
  if (requests == Requests::kNever) return measurement;
  figures["grants"] = static_cast<double>(row.slices.grants);
  figures["yields"] = static_cast<double>(row.slices.yields);
  if (!row.kernel) return measurement;
  figures["kernel_grants"] = static_cast<double>(row.kernel->grants);
  figures["kernel_expirations"] = static_cast<double>(row.kernel->expirations);
  figures["kernel_revocations"] = static_cast<double>(row.kernel->revocations);
  figures["kernel_yields"] = static_cast<double>(row.kernel->yields);
  figures["kernel_aborts"] = static_cast<double>(row.kernel->aborts);
  return measurement;
}

std::vector<Column> ContentionColumns() {
  std::vector<Column> columns = {{"acq/s", "acquisitions_per_second"}};
  AddWaitColumns("wait", columns);
  columns.insert(columns.end(), {{"Jain", "fairness"},
                                 {"CPU ns/acq", "cpu_ns_per_acquisition"},
                                 {"grants", "grants"},
                                 {"yields", "yields"},
                                 {"revoked", "kernel_revocations"},
                                 {"line ns", "cache_line_round_trip_ns"}});
  return columns;
}

}  // namespace slicelock::bench
