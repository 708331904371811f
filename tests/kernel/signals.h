#ifndef TESTS_KERNEL_SIGNALS_H_
#define TESTS_KERNEL_SIGNALS_H_

#include <signal.h>

namespace slicelock::kernel {

// While it lives, signals that would end this process can be read instead, so
// that there is time to clean up.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // To poll for reading.
  int fd() const { return fd_; }
  // The signal that came.
  int Receive() const;
  // As before, for a child process.
  void Restore() const;

 private:
  sigset_t before_;
  int fd_;
};

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_SIGNALS_H_
