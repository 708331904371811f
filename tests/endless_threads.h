// Threads that keep others from having a machine, or a lock, for themselves.

#ifndef SLICELOCK_TESTS_ENDLESS_THREADS_H_
#define SLICELOCK_TESTS_ENDLESS_THREADS_H_

#include <atomic>
#include <thread>
#include <vector>

namespace slicelock::testing {

// Do one thing again and again until the end of the scope.
class EndlessThreads {
 public:
  template <typename Function>
  EndlessThreads(int count, Function function) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, function] {
        while (!stop_.load(std::memory_order_relaxed)) function();
      });
    }
  }

  ~EndlessThreads() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_ENDLESS_THREADS_H_
