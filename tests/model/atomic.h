// Atomics whose every access Relacy schedules, with the values that the C++
// memory model allows it to see.

#ifndef SLICELOCK_TESTS_MODEL_ATOMIC_H_
#define SLICELOCK_TESTS_MODEL_ATOMIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tests/model/relacy.h"
#include "tests/model/world.h"

namespace slicelock::model {

inline rl::memory_order ToRelacy(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return rl::mo_relaxed;
    case std::memory_order_consume:
      return rl::mo_consume;
    case std::memory_order_acquire:
      return rl::mo_acquire;
    case std::memory_order_release:
      return rl::mo_release;
    case std::memory_order_acq_rel:
      return rl::mo_acq_rel;
    case std::memory_order_seq_cst:
      break;
  }
  return rl::mo_seq_cst;
}

// The histories of all atomics of an execution, by their addresses: so that an
// atomic is as large as what it holds, and locks have their true layout, with
// futex words of several atomics.
class Histories {
 public:
  void Clear() {
    for (History& history : histories_) history.address = nullptr;
  }

  template <typename T>
  void Add(const void* address, size_t size, T value) {
    History& history =
        Find(nullptr, "more atomics than the model has room for");
    history.address = address;
    history.size = size;
    history.load = [](void* storage) -> uint64_t {
      return As<T>(storage).load(rl::mo_relaxed, RL_INFO);
    };
    new (history.storage) rl::atomic<T>(value);
  }

  template <typename T>
  void Remove(const void* address) {
    Of<T>(address).~atomic();
    Find(address, "").address = nullptr;
  }

  template <typename T>
  rl::atomic<T>& Of(const void* address) {
    return As<T>(
        Find(address, "an access after the end of a lock's life").storage);
  }

  // The four bytes at `word`, as loads of its parts see them now.
  uint32_t LoadWord(const void* word);

 private:
  static constexpr int kMost = 8;

  struct History {
    const void* address;
    size_t size;
    uint64_t (*load)(void* storage);
    alignas(16) char storage[sizeof(rl::atomic<uint64_t>)];
  };

  template <typename T>
  static rl::atomic<T>& As(void* storage) {
    return *static_cast<rl::atomic<T>*>(storage);
  }

  History& Find(const void* address, const char* otherwise) {
    for (History& history : histories_) {
      if (history.address == address) return history;
    }
    World::Fail(otherwise);
  }

  History histories_[kMost] = {};
};

inline Histories histories;

// `Fault` has a static Order(), which tells what becomes of a memory order.
template <typename T, typename Fault>
class Atomic {
 public:
  constexpr Atomic(T value) : newest_(value) {
    histories.Add<Shown>(this, sizeof(T), value);
  }
  ~Atomic() { histories.Remove<Shown>(this); }
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(std::memory_order order) const {
    if (world.at_rest_now) return newest_;
    return static_cast<T>(history().load(Weaken(order), RL_INFO));
  }

  void store(T value, std::memory_order order) {
    if (order == std::memory_order_release) ExpectSection();
    history().store(value, Weaken(order), RL_INFO);
    newest_ = value;
  }

  T exchange(T value, std::memory_order order) {
    return Change(order, [&](auto mo) {
      return static_cast<T>(history().exchange(value, mo, RL_INFO));
    });
  }

  T fetch_add(T value, std::memory_order order) {
    return Change(order, [&](auto mo) {
      return static_cast<T>(history().fetch_add(value, mo, RL_INFO));
    });
  }

  T fetch_sub(T value, std::memory_order order) {
    return Change(order, [&](auto mo) {
      return static_cast<T>(history().fetch_sub(value, mo, RL_INFO));
    });
  }

  T fetch_or(T value, std::memory_order order) {
    return Change(order, [&](auto mo) {
      return static_cast<T>(history().fetch_or(value, mo, RL_INFO));
    });
  }

  T fetch_and(T value, std::memory_order order) {
    return Change(order, [&](auto mo) {
      return static_cast<T>(history().fetch_and(value, mo, RL_INFO));
    });
  }

  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order success,
                               std::memory_order failure) {
    return CompareExchange<rl::bool_t<false>>(expected, desired, success,
                                              failure);
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order) {
    return CompareExchange<rl::bool_t<false>>(expected, desired, order,
                                              AtFailure(order));
  }

  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) {
    return CompareExchange<rl::bool_t<true>>(expected, desired, success,
                                             failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order) {
    return CompareExchange<rl::bool_t<true>>(expected, desired, order,
                                             AtFailure(order));
  }

 private:
  // A number in Relacy's traces, not a character.
  using Shown = std::conditional_t<sizeof(T) == 1, uint16_t, T>;

  static rl::memory_order Weaken(std::memory_order order) {
    return ToRelacy(Fault::Order(order));
  }

  static std::memory_order AtFailure(std::memory_order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    if (order == std::memory_order_release) return std::memory_order_relaxed;
    return order;
  }

  rl::atomic<Shown>& history() const { return histories.Of<Shown>(this); }

  // What a holder does to a lock, and only a holder, or who wants to be one:
  // the orders of the accesses tell.
  static void ExpectSection() {
    World::Expect(world.depth() > 0,
                  "an acquisition or a release outside a section");
  }

  template <typename Operation>
  auto Change(std::memory_order order, Operation&& operation) {
    if (order != std::memory_order_relaxed) ExpectSection();
    const auto result = operation(Weaken(order));
    newest_ = static_cast<T>(history().debug_value());
    return result;
  }

  template <typename MayFail>
  bool CompareExchange(T& expected, T desired, std::memory_order success,
                       std::memory_order failure) {
    Shown shown = expected;
    const bool changed = Change(success, [&](auto mo) {
      return history().compare_exchange(MayFail(), shown, desired, mo,
                                        Weaken(failure), RL_INFO);
    });
    expected = static_cast<T>(shown);
    return changed;
  }

  T newest_;
};

inline uint32_t Histories::LoadWord(const void* word) {
  uint32_t result = 0;
  char* const bytes = reinterpret_cast<char*>(&result);
  const char* const begin = static_cast<const char*>(word);
  for (History& history : histories_) {
    const char* const address = static_cast<const char*>(history.address);
    if (address < begin || address >= begin + sizeof(result)) continue;
    const uint64_t value = history.load(history.storage);
    // The low bytes: the model runs on little-endian machines only.
    memcpy(bytes + (address - begin), &value, history.size);
  }
  return result;
}

}  // namespace slicelock::model

#endif  // SLICELOCK_TESTS_MODEL_ATOMIC_H_
