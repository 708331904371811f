// A platform for the lock algorithms on which one thread stands for all, under
// a simulated kernel.

#ifndef SLICELOCK_TESTS_SIMULATED_PLATFORM_H_
#define SLICELOCK_TESTS_SIMULATED_PLATFORM_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "locks/core/platform.h"
#include "locks/slice_section.h"
#include "rseq_abi/control_word.h"
#include "tests/simulated_kernel.h"

namespace slicelock::testing {

// An atomic that holders only may change: in a section, and with the request
// set, unless the kernel has taken it away.
template <typename T, typename Kernel>
class HoldersAtomic : public std::atomic<T> {
 public:
  using std::atomic<T>::atomic;

  T exchange(T desired, std::memory_order order) {
    ExpectSection("a try to acquire");
    return std::atomic<T>::exchange(desired, order);
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order success,
                               std::memory_order failure) {
    ExpectSection("a try to acquire");
    return std::atomic<T>::compare_exchange_strong(expected, desired, success,
                                                   failure);
  }
  void store(T desired, std::memory_order order) {
    ExpectSection("a release");
    std::atomic<T>::store(desired, order);
  }

 private:
  static void ExpectSection(const char* what) {
    EXPECT_GT(Kernel::thread.sections.depth(), 0)
        << what << " outside a section";
    EXPECT_TRUE(Kernel::word.requested() || Kernel::word.granted())
        << what << " without a request";
  }
};

// An atomic after whose changes others may come.
template <typename T, typename Platform>
class WaitersAtomic : public std::atomic<T> {
 public:
  using std::atomic<T>::atomic;

  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order) {
    const bool changed =
        std::atomic<T>::compare_exchange_strong(expected, desired, order);
    if (changed && Platform::on_change != nullptr) Platform::on_change();
    return changed;
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order) {
    return compare_exchange_strong(expected, desired, order);
  }
};

// One thread stands for several: what the others do happens while this one
// waits, or has just changed the lock's waiters. Time passes only while it
// sleeps.
template <typename ControlWord>
struct SimulatedPlatform {
  using Kernel = SimulatedKernel<ControlWord>;
  using Section = BasicSliceSection<Kernel>;
  template <typename T>
  using Atomic =
      std::conditional_t<std::is_same_v<T, uint8_t>, HoldersAtomic<T, Kernel>,
                         WaitersAtomic<T, SimulatedPlatform>>;

  template <typename T>
  using Hint = std::atomic<T>;

  struct Waiting {
    explicit Waiting(const void*) {}
    static bool is_charged() { return charged; }
  };

  static void Relax(int = 1) { Wait(); }
  static bool LinesAreFast() { return lines_are_fast; }
  static int64_t HandOver() { return lines_are_fast ? 60 : 350; }
  static void TimeLines(const std::atomic<uint8_t>&) { ++lines_timed; }
  static int64_t Now() {
    ++clock_reads;
    return now;
  }
  static Wakeup Park(const void* word, uint32_t expected, uint32_t room,
                     int64_t nanoseconds) {
    if (memcmp(word, &expected, sizeof(expected)) != 0) return Wakeup::kEarly;
    parked_in = room;
    parked_for = nanoseconds;
    last_wake = 0;
    ++parks;
    Wait();
    parked_in = 0;
    Kernel::side.SystemCall(/*is_yield=*/false);
    if (std::exchange(signalled, false)) return Wakeup::kEarly;
    if (last_wake == room) return Wakeup::kWoken;
    now += nanoseconds;
    return Wakeup::kTimeout;
  }
  static int Priority() { return priority; }
  static bool RunInForkedChild(void (*)()) { return true; }
  static void WakeOne(const void*, uint32_t room) {
    last_wake = room;
    ++wakes;
    Kernel::side.SystemCall(/*is_yield=*/false);
  }

  static void Wait() {
    EXPECT_FALSE(Kernel::word.requested()) << "a waiter holds a request";
    EXPECT_FALSE(Kernel::word.granted()) << "a waiter keeps a grant";
    ++waits;
    if (on_wait != nullptr) on_wait();
  }

  static void Reset() {
    now = 0;
    priority = 0;
    parks = wakes = waits = clock_reads = lines_timed = 0;
    parked_in = last_wake = 0;
    parked_for = 0;
    signalled = charged = lines_are_fast = false;
    on_wait = on_change = nullptr;
  }

  static inline int64_t now = 0;
  static inline int priority = 0;
  static inline int parks = 0;
  static inline int wakes = 0;
  static inline int waits = 0;
  static inline int clock_reads = 0;
  static inline int lines_timed = 0;
  static inline uint32_t parked_in = 0;
  static inline int64_t parked_for = 0;
  static inline bool signalled = false;  // Ends this sleep.
  static inline bool charged = false;
  static inline bool lines_are_fast = false;
  static inline uint32_t last_wake = 0;
  static inline std::function<void()> on_wait;
  static inline std::function<void()> on_change;
};

// One for each layout of the control word.
using SimulatedPlatforms =
    ::testing::Types<SimulatedPlatform<rseq_abi::ByteControlWord>,
                     SimulatedPlatform<rseq_abi::BitControlWord>>;

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SIMULATED_PLATFORM_H_
