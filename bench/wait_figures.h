// Percentiles of waits as figures of a row, and as columns of its table.

#ifndef SLICELOCK_BENCH_WAIT_FIGURES_H_
#define SLICELOCK_BENCH_WAIT_FIGURES_H_

#include <map>
#include <string>
#include <vector>

#include "bench/table_reporter.h"
#include "bench/waits.h"

namespace slicelock::bench {

// As wait_p50_ns ... wait_max_ns, if `name` is "wait".
void AddWaits(const WaitSummary& waits, const std::string& name,
              std::map<std::string, double>& figures);

// In microseconds.
void AddWaitColumns(const std::string& name, std::vector<Column>& columns);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_WAIT_FIGURES_H_
