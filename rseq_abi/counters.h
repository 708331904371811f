// What becomes of the requests for time slice extensions, in numbers that a
// service can export:
//
//   const slicelock::SliceCounters now = slicelock::GetProcessSliceCounters();
//   exporter.Set("slice_grants", now.grants);
//   exporter.Set("slice_failures", now.failures);
//
// They cost next to nothing. Requests are counted by the addition that notes
// that the thread is in a section, and brought to the process 32,768 at a time,
// or when the thread exits. All else is counted where it is found: at the price
// of the system call that ends a grant or of the context switch that took a
// request away; or once a thread. Reading takes no lock and stops nobody.
//
// Not counted: grants that the kernel revoked, as the thread was too slow. They
// are among the revocations, but look to the thread as any context switch does.
// The kernel counts them, for all processes together: `srevok` in
// /sys/kernel/debug/rseq/stats (CONFIG_RSEQ_STATS), beside `sgrant`.
//
// Requests are counted exactly on x86, also where signal handlers lock. Where
// processors take several instructions to add to memory, requests of a handler
// that comes amid those are missing; or, once in 32,768 requests, all these
// count twice. On all of them a handler that waits, or wakes a waiter, amid the
// few instructions by which the section that it interrupts is left can end its
// grant, which then may count twice, or as a revocation besides.
//
// All functions here are safe in signal handlers. After fork(), the child goes
// on from the numbers of its parent.

#ifndef SLICELOCK_RSEQ_ABI_COUNTERS_H_
#define SLICELOCK_RSEQ_ABI_COUNTERS_H_

#include <cstdint>

namespace slicelock {

struct SliceCounters {
  // How often a thread asked for an extension: as it entered a section that was
  // not within another, or tried to acquire a lock, where the extension is on.
  uint64_t requests = 0;
  // Grants that were found on leaving a section...
  uint64_t grants = 0;
  // ...and those of them that were ended by a yield. The others were ended by a
  // system call that was due anyway: waking a waiter.
  uint64_t yields = 0;
  // Requests that were gone on leaving the section: the thread was preempted or
  // blocked inside, after a grant that ran out, or without one.
  uint64_t revocations = 0;
  // Threads that got the extension by replacing the C library's area. (For the
  // threads that such a thread starts, glibc registers none.)
  uint64_t takeovers = 0;
  // Threads that did not get it, though SLICELOCK_RSEQ or SetPolicy() did not
  // turn it off. GetStatus() tells each of them why.
  uint64_t failures = 0;
};

// Of the calling thread, since it began.
SliceCounters GetThreadSliceCounters();

// Of all threads of the process since it began, also of those that have exited;
// of each that lives, up to 32,768 requests are not in it yet. The numbers are
// read one after the other: grants may have been counted between.
SliceCounters GetProcessSliceCounters();

}  // namespace slicelock

#endif  // SLICELOCK_RSEQ_ABI_COUNTERS_H_
