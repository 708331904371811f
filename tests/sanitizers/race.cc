// Two threads change the same variable, in a way that has a name, or do what
// could be taken for misuse:
//
//   race <name>

#include <cstring>
#include <functional>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/time/time.h"
#include "locks/cond_var.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"

namespace {

using slicelock::Condition;
using slicelock::CondVar;
using slicelock::Mutex;
using slicelock::SpinLock;

Mutex mutex;
SpinLock spinlock;
CondVar changed;
// Apart: it remembers the last few accesses to eight bytes.
alignas(8) int guarded = 0;
alignas(8) bool waiting = false;
alignas(8) bool ready = false;

enum Locks { kSame, kNewAtTheSameAddresses };

template <typename Lock, Locks kind>
void NestBothWays() {
  std::optional<Lock> locks[2];
  for (const int first : {0, 1}) {
    for (auto& lock : locks) {
      if (!lock || kind == kNewAtTheSameAddresses) lock.emplace();
    }
    const std::lock_guard<Lock> outer(*locks[first]);
    const std::lock_guard<Lock> inner(*locks[1 - first]);
  }
}

// Waits for a Condition that reads `guarded` if another thread evaluates it.
void WaitForReady() {
  static thread_local bool waits = false;
  const auto is_ready = [] { return (waits || guarded >= 0) && ready; };
  mutex.lock();
  waits = waiting = true;
  mutex.Await(Condition(&is_ready));
  mutex.unlock();
}

// Evaluates it, beside a thread that changes `guarded`.
void GetReadyBeside(void (*change)()) {
  mutex.lock();
  while (!waiting) {
    mutex.unlock();
    std::this_thread::yield();
    mutex.lock();
  }
  mutex.unlock();
  std::thread changing(change);
  mutex.lock();
  ready = true;
  mutex.unlock();
  changing.join();
}

struct Way {
  const char* name;
  std::function<void()> first, second;
};

const Way kWays[] = {
    {"no_lock", [] { ++guarded; }, [] { ++guarded; }},
    {"one_locks",
     [] {
       mutex.lock();
       ++guarded;
       mutex.unlock();
     },
     [] { ++guarded; }},
    {"two_locks",
     [] {
       mutex.lock();
       ++guarded;
       mutex.unlock();
     },
     [] {
       spinlock.lock();
       ++guarded;
       spinlock.unlock();
     }},
    {"shared",
     [] {
       mutex.lock_shared();
       ++guarded;
       mutex.unlock_shared();
     },
     [] {
       mutex.lock_shared();
       ++guarded;
       mutex.unlock_shared();
     }},
    {"mutex",
     [] {
       mutex.lock();
       ++guarded;
       mutex.unlock();
     },
     [] {
       while (!mutex.try_lock()) std::this_thread::yield();
       ++guarded;
       mutex.unlock();
     }},
    {"spinlock",
     [] {
       spinlock.lock();
       ++guarded;
       spinlock.unlock();
     },
     [] {
       while (!spinlock.try_lock()) std::this_thread::yield();
       ++guarded;
       spinlock.unlock();
     }},
    {"shared_and_exclusive",
     [] {
       mutex.lock_shared();
       if (guarded < 0) std::cout << guarded;
       mutex.unlock_shared();
     },
     [] {
       mutex.lock();
       ++guarded;
       mutex.unlock();
     }},
    {"timed",
     [] {
       while (!mutex.try_lock_for(std::chrono::seconds(1))) {
       }
       ++guarded;
       mutex.unlock();
     },
     [] {
       mutex.lock();
       ++guarded;
       mutex.unlock();
     }},
    {"condition_variable",
     [] {
       mutex.lock();
       ++guarded;
       ready = true;
       changed.Signal();
       mutex.unlock();
     },
     [] {
       mutex.lock();
       while (!ready) changed.Wait(&mutex);
       ++guarded;
       mutex.unlock();
     }},
    {"await",
     [] {
       mutex.lock();
       ++guarded;
       ready = true;
       mutex.unlock();
     },
     [] {
       mutex.lock();
       mutex.Await(Condition(&ready));
       ++guarded;
       mutex.unlock();
     }},
    {"condition", WaitForReady,
     [] {
       GetReadyBeside([] {
         mutex.lock();
         ++guarded;
         mutex.unlock();
       });
     }},
    {"condition_without_lock", WaitForReady,
     [] { GetReadyBeside([] { ++guarded; }); }},
    {"mutexes_in_another_order", NestBothWays<Mutex, kSame>, [] {}},
    {"spinlocks_in_another_order", NestBothWays<SpinLock, kSame>, [] {}},
    {"new_locks_in_another_order", NestBothWays<Mutex, kNewAtTheSameAddresses>,
     NestBothWays<SpinLock, kNewAtTheSameAddresses>},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Way& way : kWays) {
    if (argc != 2 || strcmp(argv[1], way.name) != 0) continue;
    std::thread first(way.first), second(way.second);
    first.join();
    second.join();
    return 0;
  }
  std::cerr << "no such way\n";
  return 2;
}
