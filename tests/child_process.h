// Child processes, and how they ended.

#ifndef SLICELOCK_TESTS_CHILD_PROCESS_H_
#define SLICELOCK_TESTS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <string>

namespace slicelock::testing {

// Forks a child that runs `run` and ends, with success if that returns an empty
// string; else it prints the string.
pid_t Fork(const std::function<std::string()>& run);

// Waits for a child to end, and ends it if that takes a minute. Returns how it
// ended, or an empty string if it succeeded.
std::string ComplaintOf(pid_t child);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_CHILD_PROCESS_H_
