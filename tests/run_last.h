// The end of a thread.

#ifndef SLICELOCK_TESTS_RUN_LAST_H_
#define SLICELOCK_TESTS_RUN_LAST_H_

#include <functional>

namespace slicelock::testing {

// Has `function` run in the calling thread as it ends, after all other
// clean-ups.
void RunLast(std::function<void()> function);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_RUN_LAST_H_
