#include "locks/platform.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "rseq_abi/system_call.h"

namespace slicelock {

using rseq_abi::SystemCall;

void LinuxPlatform::YieldCpu() { SystemCall(SYS_sched_yield); }

void LinuxPlatform::Park(std::atomic<uint32_t>& word, uint32_t expected) {
  SystemCall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr,
             0);
}

void LinuxPlatform::WakeOne(std::atomic<uint32_t>& word) {
  SystemCall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace slicelock
