// Pictures of results, as gnuplot draws them.

#ifndef SLICELOCK_BENCH_PLOTS_H_
#define SLICELOCK_BENCH_PLOTS_H_

#include <string>
#include <vector>

#include "bench/results.h"

namespace slicelock::bench {

struct Plot {
  // Made of the setting and of what is shown, such as "500ns-throughput".
  std::string name;
  // For gnuplot, which writes SVG to standard output.
  std::string script;
};

// Of each group of rows: what it did in a time, over threads; percentiles of
// waits, with the most threads; extensions on against off. Where figures or
// threads are missing, fewer. `title` is the program's; kernel, processor,
// accelerator and date stand beneath. An exclamation mark stands at a point
// whose repetitions are too far apart to conclude from.
std::vector<Plot> MakePlots(const std::string& title, const Results& results);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_PLOTS_H_
