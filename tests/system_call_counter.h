// Counts the system calls of a piece of code.

#ifndef SLICELOCK_TESTS_SYSTEM_CALL_COUNTER_H_
#define SLICELOCK_TESTS_SYSTEM_CALL_COUNTER_H_

#include <cstdint>
#include <functional>
#include <map>

namespace slicelock::testing {

// Runs `before` and then `counted` in a child process and returns the system
// calls that the thread makes in `counted`, by number. Reports a failure of the
// test if the child does not end well.
std::map<uint64_t, int> CountSystemCalls(const std::function<void()>& before,
                                         const std::function<void()>& counted);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SYSTEM_CALL_COUNTER_H_
