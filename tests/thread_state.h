// What the threads of this process are doing, for tests.

#ifndef SLICELOCK_TESTS_THREAD_STATE_H_
#define SLICELOCK_TESTS_THREAD_STATE_H_

#include <sys/types.h>

#include <fstream>
#include <string>

namespace slicelock::testing {

// Whether `thread` neither sleeps in the kernel nor has ended.
inline bool IsAwake(pid_t thread) {
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string number, name;
  char state;
  return stat >> number >> name >> state && state != 'S';
}

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_THREAD_STATE_H_
