// Seccomp filters for tests.

#ifndef SLICELOCK_TESTS_SECCOMP_H_
#define SLICELOCK_TESTS_SECCOMP_H_

#include <initializer_list>

namespace slicelock::testing {

// Has `system_calls` answer with `error` from now on, for the calling thread
// and those it starts. False if the kernel refuses the filter.
bool RefuseSystemCalls(std::initializer_list<long> system_calls, int error);

// The same for all threads of the process.
bool RefuseSystemCallsEverywhere(std::initializer_list<long> system_calls,
                                 int error);

// Has all threads' waits of the locks, futex(2) with FUTEX_WAIT_BITSET_PRIVATE,
// ask a descriptor what becomes of them (see SECCOMP_RET_USER_NOTIF in
// seccomp(2)). Returns it, or -1.
int InterceptFutexWaits();

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SECCOMP_H_
