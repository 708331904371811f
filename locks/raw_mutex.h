// The algorithm of Mutex, without its annotations.

#ifndef SLICELOCK_LOCKS_RAW_MUTEX_H_
#define SLICELOCK_LOCKS_RAW_MUTEX_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/fatal.h"
#include "locks/platform.h"

namespace slicelock {

// The lock word, a futex, has three values:
//
//   kFree       nobody holds it
//   kHeld       held; nobody is parked on it
//   kContended  held; threads may be parked on it, so the release has to wake
//
//             acquire                   a waiter parks
//   kFree --------------> kHeld ---------------------------> kContended
//     ^  ^                  |                                    |
//     |  '----- release ----'                                    |
//     '-------------------------- release, wake one -------------'
//
// A thread that was parked acquires from kFree to kContended, as it cannot know
// whether others still are.
//
// Who holds the mutex is in a section of the platform's, from before the word
// is set until after it is freed. Who waits for it is in none, apart from
// single tries.
template <typename Platform>
class RawMutex {
 public:
  constexpr RawMutex() = default;

  bool try_lock() noexcept {
    Section::Enter();
    if (ABSL_PREDICT_TRUE(TryAcquire())) return true;
    Section::Leave();
    return false;
  }

  void lock() noexcept {
    Section::Enter();
    if (ABSL_PREDICT_FALSE(!TryAcquire())) LockContended();
  }

  void unlock() noexcept {
    // Release first: what the kernel may do while we leave the section must
    // not keep the next holder waiting.
    const uint32_t was = word_.exchange(kFree, std::memory_order_release);
    if (ABSL_PREDICT_TRUE(was == kHeld)) {
      Section::Leave();
    } else {
      LeaveAndWake(was);
    }
  }

  bool held() const { return word_.load(std::memory_order_relaxed) != kFree; }

 private:
  using Section = typename Platform::Section;

  static constexpr uint32_t kFree = 0;
  static constexpr uint32_t kHeld = 1;
  static constexpr uint32_t kContended = 2;

  // Looks this often before it parks: for some tens of microseconds, the length
  // of several sections. Where holders keep their CPU, that nearly always sees
  // a release.
  static constexpr int kSpins = 1000;

  bool TryAcquire() {
    uint32_t expected = kFree;
    return word_.compare_exchange_strong(
        expected, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void LockContended() noexcept {
    const int32_t outer = Section::LeaveAll() - 1;
    if (!SpinToLock()) ParkToLock();
    Section::EnterAgain(outer);
  }

  // Waits as long as the holder is likely to be quick.
  bool SpinToLock() {
    for (int spins = 0; spins < kSpins; ++spins) {
      const uint32_t seen = word_.load(std::memory_order_relaxed);
      if (seen == kFree && try_lock()) return true;
      if (seen == kContended) return false;  // Others are parked: join them.
      Platform::Relax();
    }
    return false;
  }

  void ParkToLock() {
    for (;;) {
      Section::Enter();
      if (word_.exchange(kContended, std::memory_order_acquire) == kFree)
        return;
      Section::Leave();
      Platform::Park(word_, kContended);
    }
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void LeaveAndWake(
      uint32_t was) noexcept {
    if (was == kFree) Fatal("unlock() of a Mutex that nobody holds", this);
    Section::LeaveThrough([this] { Platform::WakeOne(word_); });
  }

  typename Platform::template Atomic<uint32_t> word_{kFree};
};

extern template class RawMutex<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_RAW_MUTEX_H_
