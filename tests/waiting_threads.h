// Threads that wait for something, for tests.

#ifndef SLICELOCK_TESTS_WAITING_THREADS_H_
#define SLICELOCK_TESTS_WAITING_THREADS_H_

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "rseq_abi/thread.h"
#include "tests/thread_state.h"

namespace slicelock::testing {

class WaitingThreads {
 public:
  // Runs `wait(i)` in `count` threads, and lets them come to their wait.
  template <typename Wait>
  WaitingThreads(int count, Wait wait) {
    std::vector<std::atomic<pid_t>> started(count);
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, wait, i, &started = started[i]] {
        // They may make system calls with a lock held.
        SetThreadRequests(false);
        started = gettid();
        wait(i);
        ++done_;
      });
    }
    // Who sleeps may wait for one of the others first.
    for (const std::atomic<pid_t>& thread : started) {
      while (thread == 0 || IsAwake(thread)) std::this_thread::yield();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ~WaitingThreads() { Join(); }

  // How many wait no longer.
  int done() const { return done_; }

  // What they wait for has come.
  void JoinSoon() {
    const auto begin = std::chrono::steady_clock::now();
    Join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin,
              std::chrono::seconds(10))
        << "a wake-up was lost, or nearly";
  }

 private:
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::atomic<int> done_{0};
  std::vector<std::thread> threads_;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_WAITING_THREADS_H_
