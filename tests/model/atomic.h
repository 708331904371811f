// Atomics whose every access Relacy schedules, with the values that the C++
// memory model allows it to see.

#ifndef SLICELOCK_TESTS_MODEL_ATOMIC_H_
#define SLICELOCK_TESTS_MODEL_ATOMIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

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
// futex words of several atomics. Those of static atomics begin when they are
// used.
class Histories {
 public:
  // At the beginning of an execution: the last one may have been left midway.
  void Clear() { count_ = 0; }
  // At its end.
  void EndAll() {
    for (int i = 0; i < count_; ++i) {
      if (histories_[i].alive) histories_[i].end(histories_[i].storage);
    }
  }

  // An atomic's life begins, with Relacy's threads to see it; or ends.
  template <typename T>
  void Begin(const void* address, size_t size, T value) {
    rl::preemption_disabler undisturbed(rl::ctx());
    History& history = Reuse(address);
    history.address = address;
    history.size = size;
    history.alive = true;
    history.load = [](void* storage) -> uint64_t {
      return As<T>(storage).load(rl::mo_relaxed, RL_INFO);
    };
    history.end = [](void* storage) { As<T>(storage).~atomic(); };
    new (history.storage) rl::atomic<T>(value);
  }
  void End(const void* address) {
    History* const history = Find(address);
    if (history == nullptr) return;
    history->end(history->storage);
    history->alive = false;
  }

  template <typename T>
  rl::atomic<T>& Of(const void* address, size_t size, T value) {
    if (Find(address) == nullptr) BeginStatic(address, size, value);
    ExpectAlive(address);
    return As<T>(Find(address)->storage);
  }

  void ExpectAlive(const void* address) {
    World::Expect(Find(address)->alive,
                  "an access after the end of a lock's life");
  }

  // The four bytes at `word`, as loads of its parts see them now.
  uint32_t LoadWord(const void* word) {
    uint32_t result;
    memcpy(&result, word, sizeof(result));  // What is no atomic of Relacy's.
    char* const bytes = reinterpret_cast<char*>(&result);
    const char* const begin = static_cast<const char*>(word);
    for (int i = 0; i < count_; ++i) {
      History& history = histories_[i];
      const char* const address = static_cast<const char*>(history.address);
      if (!history.alive || address < begin ||
          address >= begin + sizeof(result)) {
        continue;
      }
      // The low bytes: the model runs on little-endian machines only.
      const uint64_t value = history.load(history.storage);
      memcpy(bytes + (address - begin), &value, history.size);
    }
    return result;
  }

 private:
  static constexpr int kMost = 64;

  struct History {
    const void* address;
    size_t size;
    bool alive;
    uint64_t (*load)(void* storage);
    void (*end)(void* storage);
    alignas(16) char storage[sizeof(rl::atomic<uint64_t>)];
  };

  template <typename T>
  static rl::atomic<T>& As(void* storage) {
    return *static_cast<rl::atomic<T>*>(storage);
  }

  History* Find(const void* address) {
    for (int i = 0; i < count_; ++i) {
      if (histories_[i].address == address) return &histories_[i];
    }
    return nullptr;
  }

  // It was there before any thread, so all of them see that it is: what a
  // thread has done at time 1 is what all others know of it from the beginning.
  template <typename T>
  void BeginStatic(const void* address, size_t size, T value) {
    rl::timestamp_t& time = rl::ctx().threadx_->own_acq_rel_order_;
    const rl::timestamp_t now = std::exchange(time, 0);  // The store adds one.
    Begin(address, size, value);
    time = now;
  }

  // The place of one that has had the same address, or a new one.
  History& Reuse(const void* address) {
    if (History* const history = Find(address)) return *history;
    World::Expect(count_ < kMost, "the model has no room for more atomics");
    return histories_[count_++];
  }

  int count_ = 0;
  History histories_[kMost];
};

inline Histories histories;

// `Fault` has a static Order(), which tells what becomes of a memory order.
template <typename T, typename Fault>
class Atomic {
 public:
  constexpr Atomic(T value) : newest_(value) {
    if (rl::is_ctx()) histories.Begin<Shown>(this, sizeof(T), value);
  }
  ~Atomic() {
    if (rl::is_ctx()) histories.End(this);
  }
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(std::memory_order order) const {
    if (world.at_rest_now) return newest_;
    const Shown value =
        history().load(Weaken(order, std::memory_order_acquire), RL_INFO);
    ExpectAlive();
    return static_cast<T>(value);
  }

  void store(T value, std::memory_order order) {
    ExpectSection(order);
    history().store(value, Weaken(order, std::memory_order_release), RL_INFO);
    ExpectAlive();
    newest_ = value;
  }

  T exchange(T value, std::memory_order order) {
    ExpectSection(order);
    return Change(order, [&](auto mo) {
      return static_cast<T>(history().exchange(value, mo, RL_INFO));
    });
  }

  T fetch_add(T value, std::memory_order order) {
    ExpectSection(order);
    return Change(order, [&](auto mo) {
      return static_cast<T>(history().fetch_add(value, mo, RL_INFO));
    });
  }

  T fetch_sub(T value, std::memory_order order) {
    ExpectSection(order);
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

  // `half` is what is left of acq_rel in a mere load or store.
  static rl::memory_order Weaken(
      std::memory_order order,
      std::memory_order half = std::memory_order_acq_rel) {
    order = Fault::Order(order);
    return ToRelacy(order == std::memory_order_acq_rel ? half : order);
  }

  static std::memory_order AtFailure(std::memory_order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    if (order == std::memory_order_release) return std::memory_order_relaxed;
    return order;
  }

  rl::atomic<Shown>& history() const {
    return histories.Of<Shown>(this, sizeof(T), newest_);
  }

  // After an access, too: before it, others may have had their turn.
  void ExpectAlive() const { histories.ExpectAlive(this); }

  // What a holder does to a lock, and only a holder, or who wants to be one:
  // the orders of the accesses tell.
  static void ExpectSection(std::memory_order order) {
    World::Expect(order == std::memory_order_relaxed || world.depth() > 0,
                  "an acquisition or a release outside a section");
  }

  template <typename Operation>
  auto Change(std::memory_order order, Operation&& operation) {
    const auto result = operation(Weaken(order));
    ExpectAlive();
    newest_ = static_cast<T>(history().debug_value());
    return result;
  }

  template <typename MayFail>
  bool CompareExchange(T& expected, T desired, std::memory_order success,
                       std::memory_order failure) {
    ExpectSection(success);
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

}  // namespace slicelock::model

#endif  // SLICELOCK_TESTS_MODEL_ATOMIC_H_
