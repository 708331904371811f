#include "locks/observe/held_locks.h"

#include <atomic>

#include "locks/observe/checks.h"

namespace slicelock::held_locks {

#if SLICELOCK_CHECKS

namespace {

constexpr int kMaxThreads = 512;
constexpr int kMaxLocks = 24;

// Invariant: what is at `count` and beyond is null.
struct Holder {
  std::atomic<bool> in_use{false};
  int count = 0;
  HeldLock locks[kMaxLocks];
};

Holder holders[kMaxThreads];

// Of the thread: a place among the holders while it holds locks, and how many
// more locks it holds. Static TLS is scarce where locks are in an object that
// is loaded later, so this is all.
struct Thread {
  Holder* holder;
  int unknown;
};

__thread Thread thread __attribute__((tls_model("initial-exec")));

// The compiler must keep the order that signal handlers rely on.
void KeepOrder() { std::atomic_signal_fence(std::memory_order_seq_cst); }

Holder* FreeHolder() {
  static std::atomic<unsigned> next_place{0};
  const unsigned start = next_place.fetch_add(1, std::memory_order_relaxed);
  for (unsigned i = 0; i < kMaxThreads; ++i) {
    Holder& holder = holders[(start + i) % kMaxThreads];
    // Acquires what the thread before has left there.
    if (!holder.in_use.load(std::memory_order_relaxed) &&
        !holder.in_use.exchange(true, std::memory_order_acquire)) {
      return &holder;
    }
  }
  return nullptr;
}

HeldLock* FindNewest(const void* lock) {
  for (int i = All().count - 1; i >= 0; --i) {
    if (thread.holder->locks[i].lock == lock) return &thread.holder->locks[i];
  }
  return nullptr;
}

}  // namespace

HeldLocks All() {
  if (thread.holder == nullptr) return {nullptr, 0};
  return {thread.holder->locks, thread.holder->count};
}

const HeldLock* Find(const void* lock) { return FindNewest(lock); }

bool SomeUnknown() { return thread.unknown != 0; }

void Add(const void* lock, tsan::Mode mode) {
  if (thread.holder == nullptr) thread.holder = FreeHolder();
  Holder* const holder = thread.holder;
  if (holder == nullptr || holder->count == kMaxLocks) {
    ++thread.unknown;
    return;
  }
  HeldLock& held = holder->locks[holder->count];
  // A signal handler that comes here uses the next one.
  ++holder->count;
  KeepOrder();
  held = {lock, mode, StackTrace::Here()};
}

void Remove(const void* lock, tsan::Mode mode) {
  HeldLock* removed = FindNewest(lock);
  if (removed == nullptr || removed->mode != mode) {
    if (thread.unknown != 0) --thread.unknown;
    return;
  }
  Holder& holder = *thread.holder;
  HeldLock& last = holder.locks[holder.count - 1];
  if (removed != &last) *removed = last;
  last.lock = nullptr;
  KeepOrder();
  if (--holder.count == 0) {
    thread.holder = nullptr;
    KeepOrder();
    holder.in_use.store(false, std::memory_order_release);
  }
}

#else

HeldLocks All() { return {nullptr, 0}; }
const HeldLock* Find(const void*) { return nullptr; }
bool SomeUnknown() { return true; }
void Add(const void*, tsan::Mode) {}
void Remove(const void*, tsan::Mode) {}

#endif

}  // namespace slicelock::held_locks
