#include "tests/kernel/signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <initializer_list>

namespace slicelock::kernel {

Signals::Signals() {
  sigset_t ending;
  sigemptyset(&ending);
  for (int signal : {SIGHUP, SIGINT, SIGPIPE, SIGTERM}) {
    sigaddset(&ending, signal);
  }
  sigprocmask(SIG_BLOCK, &ending, &before_);
  fd_ = signalfd(-1, &ending, SFD_CLOEXEC);
}

Signals::~Signals() {
  close(fd_);
  Restore();
}

int Signals::Receive() const {
  signalfd_siginfo info = {};
  return read(fd_, &info, sizeof(info)) > 0 ? info.ssi_signo : SIGTERM;
}

void Signals::Restore() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace slicelock::kernel
