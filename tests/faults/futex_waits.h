// Waits of locks, futex(2), that end as a kernel hardly ever has them end.

#ifndef SLICELOCK_TESTS_FAULTS_FUTEX_WAITS_H_
#define SLICELOCK_TESTS_FAULTS_FUTEX_WAITS_H_

#include <atomic>
#include <cstdint>
#include <vector>

namespace slicelock::testing {

// Answers the waits of all threads of the process. Who waits depends on it, so
// it lives as long as the process.
class FutexWaits {
 public:
  // With one of these, at random: an error number, kWoken, or kAllowed.
  static FutexWaits& AnswerAll(std::vector<int> answers);

  static constexpr int kWoken = 0;
  static constexpr int kAllowed = -1;

  // From now on all are allowed.
  void AllowAll() { allow_all_ = true; }

  // How many were not allowed.
  int64_t answered() const { return answered_; }

 private:
  explicit FutexWaits(std::vector<int> answers);

  void Answer();

  const std::vector<int> answers_;
  const int listener_;
  std::atomic<bool> allow_all_{false};
  std::atomic<int64_t> answered_{0};
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_FAULTS_FUTEX_WAITS_H_
