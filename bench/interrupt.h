#ifndef SLICELOCK_BENCH_INTERRUPT_H_
#define SLICELOCK_BENCH_INTERRUPT_H_

#include <csignal>

namespace slicelock::bench {

// As shells have it.
inline constexpr int kExitInterrupted = 128 + SIGINT;

// From now on the first Ctrl-C only sets Interrupted(), for programs to end
// after the row they measure; the second ends them at once.
void CatchInterrupt();

bool Interrupted();

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_INTERRUPT_H_
