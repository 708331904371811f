#include "tests/faults/futex_waits.h"

#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tests/seccomp.h"

namespace slicelock::testing {

FutexWaits& FutexWaits::AnswerAll(std::vector<int> answers) {
  return *new FutexWaits(std::move(answers));
}

// Who answers makes no such wait itself.
FutexWaits::FutexWaits(std::vector<int> answers)
    : answers_(std::move(answers)), listener_(InterceptFutexWaits()) {
  if (listener_ >= 0) std::thread([this] { Answer(); }).detach();
}

void FutexWaits::Answer() {
  std::minstd_rand random;
  for (;;) {
    seccomp_notif wait = {};
    if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &wait) != 0) continue;
    const int answer =
        allow_all_ ? kAllowed : answers_[random() % answers_.size()];
    seccomp_notif_resp response = {};
    response.id = wait.id;
    if (answer == kAllowed) {
      response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    } else {
      response.error = -answer;
    }
    // It fails where a signal was faster.
    const bool sent =
        ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
    if (sent && answer != kAllowed) ++answered_;
  }
}

}  // namespace slicelock::testing
