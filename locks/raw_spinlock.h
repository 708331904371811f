// The algorithm of SpinLock, without its annotations.

#ifndef SLICELOCK_LOCKS_RAW_SPINLOCK_H_
#define SLICELOCK_LOCKS_RAW_SPINLOCK_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "locks/platform.h"

namespace slicelock {

// The lock word:
//
//   31                                 1   0
//   +-----------------------------------+---+
//   | 0                                 | H |
//   +-----------------------------------+---+
//
//   H  held. Set by the thread that acquires, cleared by the one that
//      releases; a thread that waits only reads it.
//
// Who holds the lock is in a section of the platform's, from before H is set
// until after it is cleared. Who waits for it is in none, apart from single
// tries.
template <typename Platform>
class RawSpinLock {
 public:
  constexpr RawSpinLock() = default;

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
    word_.store(kFree, std::memory_order_release);
    Section::Leave();
  }

  bool held() const { return word_.load(std::memory_order_relaxed) == kHeld; }

 private:
  using Section = typename Platform::Section;

  static constexpr uint32_t kFree = 0;
  static constexpr uint32_t kHeld = 1;

  // Looks this often before it lets others run: for some tens of microseconds,
  // the length of several sections. Where holders keep their CPU, that nearly
  // always sees a release.
  static constexpr int kSpins = 1000;

  bool TryAcquire() {
    return word_.exchange(kHeld, std::memory_order_acquire) == kFree;
  }

  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void LockContended() noexcept {
    const int32_t outer = Section::LeaveAll() - 1;
    do {
      WaitUntilFree();
      // Entering comes before the try: the other way round, a holder could be
      // preempted before it asked not to be.
    } while (!try_lock());
    Section::EnterAgain(outer);
  }

  void WaitUntilFree() const {
    for (int spins = 0; held(); ++spins) {
      if (spins < kSpins) {
        Platform::Relax();
      } else {
        // The holder may be waiting for this very CPU.
        Platform::YieldCpu();
      }
    }
  }

  typename Platform::template Atomic<uint32_t> word_{kFree};
};

extern template class RawSpinLock<LinuxPlatform>;

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_RAW_SPINLOCK_H_
