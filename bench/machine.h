// What a table of measured times has to say about where they come from.

#ifndef SLICELOCK_BENCH_MACHINE_H_
#define SLICELOCK_BENCH_MACHINE_H_

#include <string>
#include <vector>

namespace slicelock::bench {

struct Fact {
  std::string key;    // for programs
  std::string label;  // for people
  std::string value;
};

using Facts = std::vector<Fact>;

// Kernel, processor, number of CPUs, accelerator, length of an extension, date.
// What cannot be found out is "unknown". `host_cpu` is the processor of the
// host, if this is a guest that cannot see it, or empty.
Facts DescribeMachine(const std::string& host_cpu);

// The processor's name for itself; empty if unknown.
std::string CpuModel();

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_MACHINE_H_
