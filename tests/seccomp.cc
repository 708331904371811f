#include "tests/seccomp.h"

#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace slicelock::testing {
namespace {

using Filter = std::vector<sock_filter>;

// Goes on if what was loaded is `value`, else skips so many instructions.
sock_filter SkipUnless(uint32_t value, uint8_t skipped) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped);
}

Filter Refusal(std::initializer_list<long> system_calls, int error) {
  const uint32_t refuse = SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
  Filter filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const long number : system_calls) {
    filter.push_back(SkipUnless(static_cast<uint32_t>(number), 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, refuse));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

// As seccomp(2), negative if it fails.
long Install(Filter filter, unsigned int flags) {
  const sock_fprog program = {static_cast<unsigned short>(filter.size()),
                              filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

}  // namespace

bool RefuseSystemCalls(std::initializer_list<long> system_calls, int error) {
  return Install(Refusal(system_calls, error), 0) == 0;
}

bool RefuseSystemCallsEverywhere(std::initializer_list<long> system_calls,
                                 int error) {
  return Install(Refusal(system_calls, error), SECCOMP_FILTER_FLAG_TSYNC) == 0;
}

int InterceptFutexWaits() {
  // (Of an argument, the low half on a little-endian machine.)
  const Filter filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      SkipUnless(SYS_futex, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
      SkipUnless(FUTEX_WAIT_BITSET_PRIVATE, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  return static_cast<int>(Install(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER |
                                              SECCOMP_FILTER_FLAG_TSYNC |
                                              SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
}

}  // namespace slicelock::testing
