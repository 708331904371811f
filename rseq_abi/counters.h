// What becomes of the requests for time slice extensions, in numbers that a
// service can export:
//
//   const slicelock::SliceCounters now = slicelock::GetProcessSliceCounters();
//   exporter.Set("slice_grants", now.grants);
//   exporter.Set("slice_failures", now.failures);
//
// They cost nothing where nothing happens: a grant is counted where the thread
// finds it, at the price of the system call that ends it; takeovers and
// failures once a thread. Reading takes no lock and stops nobody.
//
// Not counted:
//   - requests, which are as many as acquisitions and sections: an increment of
//     each thread's own was measured to make an empty section 10 % slower, an
//     uncontended lock and unlock 2 %;
//   - grants that the kernel revoked, as the thread was too slow: it leaves the
//     control word as any context switch does, so the thread cannot tell. The
//     kernel can, for all processes together: `srevok` in
//     /sys/kernel/debug/rseq/stats (CONFIG_RSEQ_STATS), beside `sgrant`.
//
// All functions here are safe in signal handlers. After fork(), the child goes
// on from the numbers of its parent.

#ifndef SLICELOCK_RSEQ_ABI_COUNTERS_H_
#define SLICELOCK_RSEQ_ABI_COUNTERS_H_

#include <cstdint>

namespace slicelock {

struct SliceCounters {
  // Grants that were found on leaving a section...
  uint64_t grants = 0;
  // ...and those of them that were ended by a yield. The
  // others were ended by a system call that was due anyway: waking a waiter.
  uint64_t yields = 0;
  // Threads that got the extension by replacing the C library's area. (For the
  // threads that such a thread starts, glibc registers none.)
  uint64_t takeovers = 0;
  // Threads that did not get it, though SLICELOCK_RSEQ or SetPolicy() did not
  // turn it off. GetStatus() tells each of them why.
  uint64_t failures = 0;
};

// Of the calling thread, since it began.
SliceCounters GetThreadSliceCounters();

// Of all threads of the process since it began, also of those that have exited.
// The numbers are read one after the other: grants may have been counted
// between.
SliceCounters GetProcessSliceCounters();

}  // namespace slicelock

#endif  // SLICELOCK_RSEQ_ABI_COUNTERS_H_
