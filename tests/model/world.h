// What the threads of a model live in: their sections, a futex, and time.

#ifndef SLICELOCK_TESTS_MODEL_WORLD_H_
#define SLICELOCK_TESTS_MODEL_WORLD_H_

#include <cstdint>

#include "locks/core/platform.h"

namespace slicelock::model {

// How the futex behaves in one execution.
struct Futex {
  // Sleeps that may end for no reason, at any time.
  int spurious_wakeups = 0;
  // Sleeps that may end by their time limit while others still run. All other
  // time limits pass only when everybody sleeps, the earliest first.
  int early_timeouts = 0;
};

struct Sleep {
  const void* word;
  uint32_t room;
  int64_t deadline;
};

// One for all executions, begun anew by each.
class World {
 public:
  static constexpr int kMostThreads = 4;

  void Begin(int threads, const Futex& futex);
  void End();

  // Each thread calls it at its end.
  void Finish();

  // What puts static state back to its beginning, after a search that was left
  // midway: as in the child of a fork.
  void AddCleanUp(void (*clean_up)());
  void CleanUp();

  // Ends the execution as one that shows a bug.
  [[noreturn]] static void Fail(const char* what);
  static void Expect(bool condition, const char* otherwise) {
    if (!condition) Fail(otherwise);
  }

  // Sections of the calling thread.
  int& depth() { return threads_[Self()].depth; }

  int64_t now() const { return now_; }

  // The rooms in which sleeps have ended by their time limits.
  uint32_t timed_out() const { return timed_out_; }

  Wakeup Park(const void* word, uint32_t expected, uint32_t room,
              int64_t nanoseconds, bool compare = true);
  void WakeOne(const void* word, uint32_t room);

  // Calls `f` with each sleep.
  template <typename F>
  void ForEachSleep(F&& f) const {
    for (const Thread& thread : threads_) {
      if (thread.asleep) f(thread.sleep);
    }
  }

  // Called before time passes because everybody sleeps.
  void (*at_rest)(void* argument) = nullptr;
  void* at_rest_argument = nullptr;

  // Whether loads of atomics are those of `at_rest`, which see what is newest
  // and are no events of the model.
  bool at_rest_now = false;

 private:
  struct Thread {
    int depth = 0;
    bool finished = true;
    bool asleep = false;
    Wakeup wakeup = Wakeup::kEarly;
    Sleep sleep{};
  };

  static int Self();

  Wakeup ParkUntilWoken(const void* word, uint32_t expected, uint32_t room,
                        int64_t nanoseconds, bool compare);
  int Awake() const;
  int Earliest() const;
  void PassTime();
  void TimeOut(const Sleep& sleep);
  void End(int thread, Wakeup wakeup);

  static constexpr int kMostCleanUps = 64;

  Thread threads_[kMostThreads];
  Futex futex_;
  int64_t now_ = 0;
  uint32_t timed_out_ = 0;
  void (*clean_ups_[kMostCleanUps])() = {};
  int clean_up_count_ = 0;
};

inline World world;

}  // namespace slicelock::model

#endif  // SLICELOCK_TESTS_MODEL_WORLD_H_
