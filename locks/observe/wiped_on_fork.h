#ifndef SLICELOCK_LOCKS_OBSERVE_WIPED_ON_FORK_H_
#define SLICELOCK_LOCKS_OBSERVE_WIPED_ON_FORK_H_

#include <atomic>
#include <cstddef>
#include <type_traits>

namespace slicelock {

// Zeroed memory for as long as the process lives, and zeroed again in a child
// of fork(2), which has none of the threads that may have been using it. (Not
// so where the kernel cannot, before Linux 4.14.) Null if there is none.
void* MapWipedOnFork(size_t size);
void Unmap(void* memory, size_t size);

// A variable in such memory, which all zeroes must be a value of.
template <typename T>
class WipedOnFork {
 public:
  static_assert(std::is_trivially_destructible_v<T>);

  constexpr WipedOnFork() = default;

  // Null before Make().
  T* get() const { return variable_.load(std::memory_order_acquire); }

  // The variable, or null if there is no memory. Allocates a page, once.
  T* Make() {
    T* variable = get();
    if (variable != nullptr) return variable;
    void* const memory = MapWipedOnFork(sizeof(T));
    if (memory != nullptr &&
        !variable_.compare_exchange_strong(variable, static_cast<T*>(memory),
                                           std::memory_order_acq_rel,
                                           std::memory_order_acquire)) {
      Unmap(memory, sizeof(T));
    }
    return get();
  }

 private:
  std::atomic<T*> variable_{nullptr};
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_WIPED_ON_FORK_H_
