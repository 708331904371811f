// Measuring where the kernel grants time slice extensions: on this one, or in a
// guest.

#ifndef SLICELOCK_BENCH_IN_GUEST_H_
#define SLICELOCK_BENCH_IN_GUEST_H_

#include <string>
#include <vector>

#include "rseq_abi/status.h"

namespace slicelock::bench {

// Sees to it that threads begun from now on get extensions, where the kernel
// lets them. For a main() that has no restartable sequences of other code in
// its program, and has locked nothing yet. Returns the status of such threads.
Status TurnExtensionsOn();

// Whether extensions are off for a reason that a guest does away with: this
// kernel, or something that keeps this process from using what it has, such as
// a seccomp filter. That the user turned them off is no such reason.
bool NeedsGuest(const Status& status);

// Becomes the launcher of //tests/kernel:guest (a data dependency), for this
// same program with these arguments (without its name), and says so. Returns
// an exit status, only if that fails.
int MeasureInGuest(const Status& status, std::vector<std::string> arguments);

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_IN_GUEST_H_
