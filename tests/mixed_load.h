// All operations of the locks, mixed over threads and locks, with signal
// handlers that lock, too; and whether what the headers say of them holds.
//
// The process ends with a message and status 1 at the first invariant that does
// not hold: holders are alone; conditions are as they are reported to be; no
// wait with a limit ends early, or much too late; nobody waits for ever for
// what has come; and in the end all changes are there.
// That a machine as a whole stands still for a while is no violation.

#ifndef SLICELOCK_TESTS_MIXED_LOAD_H_
#define SLICELOCK_TESTS_MIXED_LOAD_H_

#include <cstdint>
#include <memory>
#include <string>

namespace slicelock::testing {

class MixedLoad {
 public:
  // With so many threads, kFewestThreads at least. Takes over SIGURG.
  explicit MixedLoad(int threads);
  ~MixedLoad();

  static constexpr int kFewestThreads = 6;

  // Sends a signal to the next of the threads.
  void Interrupt();

  // To be called now and then: each thread has to have done something within
  // the last ten seconds in which threads could run.
  void ExpectProgress();

  // Ends the threads and counts what they have done: each operation has to have
  // succeeded.
  void Stop();

  int64_t operations() const;
  // How many have been handled.
  int64_t signals() const;

  // What has been done so far, and how late waits with a limit have ended.
  std::string Summary() const;

  struct Threads;

 private:
  std::unique_ptr<Threads> threads_;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_MIXED_LOAD_H_
