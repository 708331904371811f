// RawCondVar and AwaitUntil() as they ship, beside the lock that they wait for,
// in many orders of events. (Each execution is long: it takes the lock and two
// locked lists, of which each has its own waiters.)

#include "locks/core/raw_cond_var.h"

#include <atomic>
#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "locks/condition.h"
#include "locks/core/lock_waiters.h"
#include "locks/core/raw_shared_lock.h"
#include "tests/model/lock_model.h"
#include "tests/model/platform.h"
#include "tests/model/search.h"

namespace slicelock::model {
namespace {

// A queue, as a number of items. What each thread does, letter by letter:
//
//   p  puts an item and signals, with the lock held    P  after its release
//   g  gets one, waiting for a signal                  a  awaiting it
//   l  as g, for a microsecond at most                 b  as a, likewise
//   w  puts an item, without a signal, for a and b     A  puts two, signals all
template <typename Fault>
class QueueModel {
 public:
  using Platform = ModelPlatform<Fault>;

  QueueModel() : items_(0) {
    world.at_rest = [](void*) {
      LockModel<RawSharedLock<Platform>>::ExpectNobodyForgotten();
    };
  }

  void Run(int thread) {
    for (const char* what = program.threads[thread]; *what != 0; ++what) {
      Do(*what);
    }
  }

  void Check() {
    World::Expect(items() == 0 || gave_up_, "an item is left");
    World::Expect(lock_.try_lock(), "the lock is not free at the end");
    lock_.unlock();
  }

  static inline Program program;

 private:
  void Do(char what) {
    const int64_t soon = world.now() + 1000;
    switch (what) {
      case 'p':
      case 'A':
        lock_.lock();
        Add(what == 'A' ? 2 : 1);
        if (what == 'A') {
          variable_.SignalAll();
        } else {
          variable_.Signal();
        }
        return lock_.unlock();
      case 'P':
      case 'w':
        lock_.lock();
        Add(1);
        lock_.unlock();
        if (what == 'P') variable_.Signal();
        return;
      case 'g':
        lock_.lock();
        while (items() == 0) {
          variable_.WaitUntil(lock_, Hold::kExclusive, kNever);
        }
        return Take();
      case 'l':
        lock_.lock();
        if (items() == 0) variable_.WaitUntil(lock_, Hold::kExclusive, soon);
        return Take();
      case 'a':
      case 'b': {
        lock_.lock();
        const Condition some(this, &QueueModel::HasItems);
        const bool holds = AwaitUntil<Platform>(lock_, some, Hold::kExclusive,
                                                what == 'a' ? kNever : soon);
        World::Expect(holds == (items() > 0), "the condition was misreported");
        World::Expect(holds || what == 'b', "it returned too early");
        return Take();
      }
    }
    World::Fail("no such letter");
  }

  static constexpr int64_t kNever = RawLock<Platform>::kNever;

  bool HasItems() { return items() > 0; }

  int items() { return items_(RL_INFO).load(); }
  void Add(int count) { items_(RL_INFO).store(items() + count); }
  void Take() {
    if (items() == 0) {
      gave_up_ = true;
    } else {
      Add(-1);
    }
    lock_.unlock();
  }

  RawSharedLock<Platform> lock_;
  RawCondVar<Platform> variable_;
  bool gave_up_ = false;
  rl::var<int> items_;
};

template <int kThreads, typename Fault = NoFault, typename Search>
Found Explore(const Program& program, const Search& search) {
  return ExploreProgram<QueueModel<Fault>, kThreads>("RawCondVar", program,
                                                     search);
}

TEST(RawCondVarModelTest, TwoThreads) {
  for (const Program& program :
       {Program{"p", "g"}, Program{"P", "g"}, Program{"w", "a"},
        Program{"p", "l"}, Program{"w", "b"}, Program{"A", "ga"}}) {
    EXPECT_TRUE(NoBug(Explore<2>(program, FewPreemptions{2})));
    EXPECT_TRUE(NoBug(Explore<2>(program, FewPreemptions{1, kOneSpurious})));
    EXPECT_TRUE(NoBug(Explore<2>(program, RandomOrders{30'000})));
    EXPECT_TRUE(NoBug(Explore<2>(program, RandomOrders{30'000, kUnreliable})));
  }
}

TEST(RawCondVarModelTest, ThreeThreads) {
  for (const Program& program :
       {Program{"pp", "g", "g"}, Program{"A", "g", "g"}, Program{"A", "a", "g"},
        Program{"PP", "b", "g"}, Program{"P", "p", "lg"}}) {
    EXPECT_TRUE(NoBug(Explore<3>(program, RandomOrders{30'000})));
    EXPECT_TRUE(NoBug(Explore<3>(program, RandomOrders{30'000, kUnreliable})));
  }
}

// Faults that the search is to find.
TEST(RawCondVarModelTest, FindsALostWakeUp) {
  EXPECT_TRUE(
      Bug(Explore<2, DropsWakeups</*rooms=*/1>>({"p", "g"}, FewPreemptions{1}),
          "a wake-up was lost"));
  EXPECT_TRUE(
      Bug(Explore<2, DropsWakeups</*rooms=*/1>>({"w", "a"}, FewPreemptions{1}),
          "a wake-up was lost"));
}

TEST(RawCondVarModelTest, FindsASleepWithoutALookAtTheWord) {
  EXPECT_TRUE(Bug(Explore<2, SleepsBlindly>({"P", "g"}, FewPreemptions{2}),
                  "a wake-up was lost"));
}

TEST(RawCondVarModelTest, FindsAReleaseThatReleasesNothing) {
  EXPECT_TRUE(Bug(Explore<2, Relaxes<std::memory_order_release>>(
                      {"p", "g"}, FewPreemptions{1}),
                  "data race"));
}

}  // namespace
}  // namespace slicelock::model
