#include "locks/core/platform.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>

#include <cerrno>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/core/outside_sections.h"
#include "rseq_abi/system_call.h"

namespace slicelock {

using rseq_abi::SystemCall;

namespace {

// The one that takes the C library's timespec: on 32-bit systems there are two.
#ifdef SYS_futex_time64
constexpr long kSysFutex = sizeof(time_t) > sizeof(long) ? SYS_futex_time64
                                                         : SYS_futex;
#else
constexpr long kSysFutex = SYS_futex;
#endif

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

timespec ToTimespec(int64_t nanoseconds) {
  return {static_cast<time_t>(nanoseconds / kNanosecondsPerSecond),
          static_cast<long>(nanoseconds % kNanosecondsPerSecond)};
}

// Asked for now and then: it takes a system call, and seldom changes.
__thread int priority __attribute__((tls_model("initial-exec")));
__thread int64_t priority_read_at __attribute__((tls_model("initial-exec")));

}  // namespace

// (Who waits for any lock reads it.)
ABSL_CONST_INIT alignas(ABSL_CACHELINE_SIZE) LineSpeed
    LinuxPlatform::line_speed;

void LinuxPlatform::Relax(int times) {
  for (; times > 0; --times) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#elif defined(__riscv)
    asm volatile(".insn i 0x0f, 0, x0, x0, 0x010");  // pause
#endif
  }
}

int64_t LinuxPlatform::Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

Wakeup LinuxPlatform::Park(const void* word, uint32_t expected, uint32_t room,
                           int64_t nanoseconds) {
  const timespec until = ToTimespec(Now() + nanoseconds);
  switch (SystemCall(kSysFutex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                     &until, nullptr, room)) {
    case 0:
      return Wakeup::kWoken;
    case -ETIMEDOUT:
      return Wakeup::kTimeout;
    default:
      return Wakeup::kEarly;
  }
}

int LinuxPlatform::Priority() {
  constexpr int64_t kForgetAfter = kNanosecondsPerSecond;
  const int64_t now = Now();
  if (priority_read_at == 0 || now - priority_read_at >= kForgetAfter) {
    const OutsideSections<Section> outside_sections;
    sched_param parameters = {};
    SystemCall(SYS_sched_getparam, 0, &parameters);
    priority = parameters.sched_priority;
    priority_read_at = now;
  }
  return priority;
}

bool LinuxPlatform::RunInForkedChild(void (*clean_up)()) {
  const OutsideSections<Section> outside_sections;
  return pthread_atfork(nullptr, nullptr, clean_up) == 0;
}

void LinuxPlatform::WakeOne(const void* word, uint32_t room) {
  SystemCall(kSysFutex, word, FUTEX_WAKE_BITSET_PRIVATE, 1, nullptr, nullptr,
             room);
}

}  // namespace slicelock
