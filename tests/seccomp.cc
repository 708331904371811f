#include "tests/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace slicelock::testing {

bool RefuseSystemCalls(std::initializer_list<long> system_calls, int error) {
  const uint32_t refuse = SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
  std::vector<sock_filter> filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const long number : system_calls) {
    const auto refused = static_cast<uint32_t>(number);
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, refuse));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program = {static_cast<unsigned short>(filter.size()),
                              filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace slicelock::testing
