// A lock under threads that acquire and release it.

#ifndef SLICELOCK_TESTS_MODEL_LOCK_MODEL_H_
#define SLICELOCK_TESTS_MODEL_LOCK_MODEL_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "tests/model/relacy.h"
#include "tests/model/world.h"

namespace slicelock::model {

// What each thread does, one letter after the other. Each acquires, looks at or
// changes what the lock guards, and releases:
//
//   x  lock()         s  lock_shared()
//   t  lock_until()   u  lock_shared_until(), for a microsecond
//   y  try_lock()     z  try_lock_shared()
//   d  lock()         e  lock_shared()
//   r  lock(), twice, and try_lock(), and releases as often
//
// A program in which all threads do d or e uses the lock for the last time: if
// who comes last holds it alone, it destroys the lock after its own release,
// whether or not those before it have returned from theirs.
struct Program {
  const char* threads[World::kMostThreads];
};

template <typename Lock, typename = void>
struct CanShare : std::false_type {};
template <typename Lock>
struct CanShare<Lock,
                std::void_t<decltype(std::declval<Lock&>().lock_shared())>>
    : std::true_type {};

template <typename Lock>
class LockModel {
 public:
  static constexpr int64_t kMicrosecond = 1000;
  // Nobody sleeps for longer whom nobody will wake, as the locks have it.
  static constexpr int64_t kLongestSleep = 4'000'000;  // ns

  LockModel() : guarded_(0) {
    world.at_rest = [](void* self) {
      static_cast<LockModel*>(self)->ExpectNobodyForgotten();
    };
    world.at_rest_argument = this;
  }

  void Run(int thread) {
    for (const char* what = program.threads[thread]; *what != 0; ++what) {
      Do(*what);
    }
  }

  void Check() {
    World::Expect(guarded_(RL_INFO).load() == changes_, "a change was lost");
    if (destroyed()) return;
    World::Expect(lock_->try_lock(), "the lock is not free at the end");
    lock_->unlock();
  }

  // Everybody sleeps, so nobody holds the lock.
  static void ExpectNobodyForgotten() {
    int64_t earliest = INT64_MAX;
    world.ForEachSleep([&](const Sleep& sleep) {
      earliest = std::min(earliest, sleep.deadline - world.now());
    });
    World::Expect(earliest <= kLongestSleep, "a wake-up was lost");
  }

  static inline Program program;

 protected:
  bool destroyed() const { return !lock_.has_value(); }
  const Lock& lock() const { return *lock_; }
  Lock& lock() { return *lock_; }

 private:
  void Do(char what) {
    const int64_t soon = world.now() + kMicrosecond;
    switch (what) {
      case 'x':
        lock_->lock();
        return Change();
      case 't':
        if (lock_->lock_until(soon)) Change();
        return;
      case 'y':
        if (lock_->try_lock()) Change();
        return;
      case 'r':
        lock_->lock();
        lock_->lock();
        World::Expect(lock_->try_lock(), "a holder does not get it again");
        lock_->unlock();
        lock_->unlock();
        return Change();
      case 'd': {
        lock_->lock();
        const bool last = LeftToUse() == 0;
        Change();
        if (last) lock_.reset();
        return;
      }
    }
    if constexpr (CanShare<Lock>::value) return DoShared(what, soon);
    World::Fail("no such letter");
  }

  void DoShared(char what, int64_t soon) {
    switch (what) {
      case 's':
        lock_->lock_shared();
        return Look();
      case 'u':
        if (lock_->lock_shared_until(soon)) Look();
        return;
      case 'z':
        if (lock_->try_lock_shared()) Look();
        return;
      case 'e':
        lock_->lock_shared();
        LeftToUse();
        return Look();
    }
    World::Fail("no such letter");
  }

  // By a holder, for each of its threads: how many have yet to come.
  int LeftToUse() {
    ++used_;
    int users = 0;
    for (const char* thread : program.threads) users += thread != nullptr;
    return users - used_;
  }

  void Change() {
    World::Expect(!held_ && shared_ == 0, "the holder is not alone");
    held_ = true;
    ++changes_;
    guarded_(RL_INFO).store(guarded_(RL_INFO).load() + 1);
    held_ = false;
    lock_->unlock();
  }

  void Look() {
    World::Expect(!held_, "shared and exclusive holders at once");
    ++shared_;
    guarded_(RL_INFO).load();
    --shared_;
    lock_->unlock_shared();
  }

  std::optional<Lock> lock_{std::in_place};
  // Of the model, not of the threads: no events.
  bool held_ = false;
  int shared_ = 0;
  int changes_ = 0;
  int used_ = 0;
  rl::var<int> guarded_;
};

}  // namespace slicelock::model

#endif  // SLICELOCK_TESTS_MODEL_LOCK_MODEL_H_
