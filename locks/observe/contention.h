// Charges those who hold a lock for the time that others wait for it, for the
// functions of locks/observe/hooks.h. For where a lock is contended. Does
// nothing until one is registered; safe in signal handlers.

#ifndef SLICELOCK_LOCKS_OBSERVE_CONTENTION_H_
#define SLICELOCK_LOCKS_OBSERVE_CONTENTION_H_

#include <atomic>
#include <cstdint>

#include "locks/observe/hooks.h"

namespace slicelock::contention {

// Somebody who waits.
struct Waiter {
  std::atomic<const void*> lock;  // Null: a place for somebody else.
  std::atomic<int64_t> since;  // In cycles: when it came, or was charged for.
};

// For as long as it lives, a thread waits for `lock`. Of the threads that wait
// for a lock at the same time, 64 are counted.
class Waiting {
 public:
  explicit Waiting(const void* lock);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  // Whether anybody is charged for waits.
  static bool is_charged() { return hooks::WantWaits(); }

 private:
  Waiter* const waiter_;
};

// As the holder that is about to release `lock`: for how many cycles all
// threads together have waited for it since the last call, or since they came.
int64_t Charge(const void* lock);

// For as long as it lives, a holder releases `lock`: from before to after.
class SlowRelease {
 public:
  SlowRelease(hooks::Kind kind, const void* lock)
      : kind_(kind), lock_(lock), wait_cycles_(Charge(lock)) {}
  ~SlowRelease() { hooks::OnSlowRelease(kind_, lock_, wait_cycles_); }
  SlowRelease(const SlowRelease&) = delete;
  SlowRelease& operator=(const SlowRelease&) = delete;

 private:
  const hooks::Kind kind_;
  const void* const lock_;
  const int64_t wait_cycles_;
};

// Makes room for waiters; until then there are none. Allocates, once.
void Prepare();

}  // namespace slicelock::contention

#endif  // SLICELOCK_LOCKS_OBSERVE_CONTENTION_H_
