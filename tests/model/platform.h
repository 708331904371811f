// What locks run on in a model, whole or with one planted fault.

#ifndef SLICELOCK_TESTS_MODEL_PLATFORM_H_
#define SLICELOCK_TESTS_MODEL_PLATFORM_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "locks/core/platform.h"
#include "tests/model/atomic.h"
#include "tests/model/world.h"

namespace slicelock::model {

struct NoFault {
  static std::memory_order Order(std::memory_order order) { return order; }
  static bool Wakes(uint32_t /*room*/) { return true; }
  static bool Compares() { return true; }
};

// Accesses of this order order nothing.
template <std::memory_order kOrder>
struct Relaxes : NoFault {
  static std::memory_order Order(std::memory_order order) {
    return order == kOrder ? std::memory_order_relaxed : order;
  }
};

// Nothing is sequentially consistent.
struct SeesThingsInTwoOrders : NoFault {
  static std::memory_order Order(std::memory_order order) {
    return order == std::memory_order_seq_cst ? std::memory_order_acq_rel
                                              : order;
  }
};

// Wake-ups of who sleeps in these rooms get lost.
template <uint32_t kRooms>
struct DropsWakeups : NoFault {
  static bool Wakes(uint32_t room) { return (room & kRooms) == 0; }
};

// Sleeps do not look at the word again.
struct SleepsBlindly : NoFault {
  static bool Compares() { return false; }
};

// Checks that who waits is in no section.
struct ModelSection {
  static void Enter() { ++world.depth(); }
  static void Leave() {
    World::Expect(world.depth() > 0, "a section is left that nobody entered");
    --world.depth();
  }
  // Each release is a pulse. What watchmen know they do not find out again.
  static bool OneIn(uint32_t n) { return n == 1; }
  static int32_t LeaveAll() { return std::exchange(world.depth(), 0); }
  static void EnterAgain(int32_t count) { world.depth() += count; }
  template <typename Call>
  static void LeaveThrough(Call&& call) {
    const int32_t depth = LeaveAll();
    std::forward<Call>(call)();
    EnterAgain(depth - 1);
  }
};

template <typename Fault = NoFault>
struct ModelPlatform {
  template <typename T>
  using Atomic = model::Atomic<T, Fault>;

  // Not scheduled, and always up to date.
  template <typename T>
  using Hint = std::atomic<T>;

  using Section = ModelSection;

  struct Waiting {
    explicit Waiting(const void*) {}
    static bool is_charged() { return false; }
  };

  static uintptr_t Self() {
    return reinterpret_cast<uintptr_t>(&world.depth());
  }

  static void Relax(int = 1) {
    World::Expect(world.depth() == 0, "a waiter spins in a section");
  }
  // Quick looks differ from the others by the clock alone.
  static bool LinesAreFast() { return false; }
  static int64_t HandOver() { return 350; }
  template <typename Word>
  static void TimeLines(const Word& /*word*/) {}
  static int64_t Now() { return world.now(); }
  static Wakeup Park(const void* word, uint32_t expected, uint32_t room,
                     int64_t nanoseconds) {
    return world.Park(word, expected, room, nanoseconds, Fault::Compares());
  }
  static int Priority() { return 0; }
  static bool RunInForkedChild(void (*clean_up)()) {
    world.AddCleanUp(clean_up);
    return true;
  }
  static void WakeOne(const void* word, uint32_t room) {
    if (Fault::Wakes(room)) world.WakeOne(word, room);
  }
};

}  // namespace slicelock::model

namespace slicelock {

template <typename Fault>
inline constexpr int kMostLooks<model::ModelPlatform<Fault>> = 1;

}  // namespace slicelock

#endif  // SLICELOCK_TESTS_MODEL_PLATFORM_H_
