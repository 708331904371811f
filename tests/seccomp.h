// Seccomp filters for tests.

#ifndef SLICELOCK_TESTS_SECCOMP_H_
#define SLICELOCK_TESTS_SECCOMP_H_

#include <initializer_list>

namespace slicelock::testing {

// Has `system_calls` answer with `error` from now on, for the calling thread
// and those it starts. False if the kernel refuses the filter.
bool RefuseSystemCalls(std::initializer_list<long> system_calls, int error);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SECCOMP_H_
