// Where the calling thread runs, for data kept per CPU, per node, or per thread
// that runs at the same time.
//
//   Shard& shard = shards[slicelock::CurrentCpu() % shards.size()];
//
// Read from the rseq area that the kernel keeps up to date for the thread, the
// C library's or slicelock's: some loads, no system call. Where there is none,
// or the kernel does not keep the number there, each says below what it does.
//
// The answer can be out of date when it is returned, as the thread can be moved
// between any two instructions: choose by it, and do not rely on it.
//
// Safe in signal handlers. Changes nothing: a thread's first lock may get it an
// area, these do not. All leave errno alone.

#ifndef SLICELOCK_RSEQ_ABI_CPU_IDS_H_
#define SLICELOCK_RSEQ_ABI_CPU_IDS_H_

#include <optional>

namespace slicelock {

// The CPU, as sched_getcpu(3) numbers them. Falls back on sched_getcpu(); -1 if
// that is refused, as by a seccomp filter.
int CurrentCpu();

// The NUMA node. In the area since Linux 6.3; falls back on the system call
// getcpu(2); -1 if that is refused.
int CurrentNode();

// The concurrency id: a number that no other thread of the process has while
// both run. The kernel keeps them small, about as many as threads run at once,
// so an array indexed by it stays in few cache lines on a machine of many CPUs.
// In the area since Linux 6.3; there is no other way to ask: nullopt then. (0
// for all on a kernel without CONFIG_SCHED_MM_CID.)
std::optional<int> CurrentMmCid();

}  // namespace slicelock

#endif  // SLICELOCK_RSEQ_ABI_CPU_IDS_H_
