// RawCondVar and AwaitUntil() as they ship, beside the lock that they wait for,
// in many orders of events. (Each execution is long: it takes the lock and two
// locked lists, of which each has its own waiters.)

#include "locks/core/raw_cond_var.h"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

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
//
// Sharing the lock, so that the item stays:
//
//   h  as g            i  as a            s  looks
//   j  as h, for a microsecond at most    k  as i, likewise
//   q  signals
//
// And what nobody need have held the lock for:
//
//   v  shares the lock, and waits for any signal, for a microsecond at most
//   S  signals         y  tries to acquire the lock, in vain if it is shared
//
// And for the last time (in programs of one signal at most):
//
//   d, c  as g, a; who takes the last item destroys the lock after its release,
//         and the variable, if it has been signalled or the signal was given by
//         a holder
//   D     as A, and destroys the variable after the signal
template <typename Fault, typename Lock = RawSharedLock<ModelPlatform<Fault>>,
          typename Variable = RawCondVar<ModelPlatform<Fault>>>
class QueueModel {
 public:
  using Platform = ModelPlatform<Fault>;

  QueueModel() : items_(0) {
    world.at_rest = [](void* self) {
      static_cast<QueueModel*>(self)->AtRest();
    };
    world.at_rest_argument = this;
  }

  void Run(int thread) {
    for (const char* what = program.threads[thread]; *what != 0; ++what) {
      Do(*what);
    }
  }

  void Check() {
    World::Expect(items() == changes_, "a change was lost");
    if (!lock_) return;
    World::Expect(lock_->try_lock(), "the lock is not free at the end");
    lock_->unlock();
  }

  static inline Program program;

 private:
  void AtRest() const {
    LockModel<Lock>::ExpectNobodyForgotten();
    bool one_waits = false, another_sleeps = false;
    world.ForEachSleep([&](const Sleep& sleep) {
      (sleep.deadline == any_signal_until_ ? one_waits : another_sleeps) = true;
    });
    World::Expect(!one_waits || another_sleeps || variable_->awaited(),
                  "who has been signalled sleeps");
  }

  void Do(char what) {
    const int64_t soon = world.now() + 1000;
    switch (what) {
      case 'p':
        lock_->lock();
        Add(1);
        variable_->Signal();
        signal_given_ = true;
        return lock_->unlock();
      case 'A':
      case 'D':
        lock_->lock();
        Add(2);
        variable_->SignalAll();
        signal_given_ = true;
        if (what == 'D') variable_.reset();
        return lock_->unlock();
      case 'P':
      case 'w':
        lock_->lock();
        Add(1);
        lock_->unlock();
        if (what == 'P') variable_->Signal();
        return;
      case 'g':
      case 'd': {
        lock_->lock();
        bool signalled = false;
        while (items() == 0) {
          signalled = variable_->WaitUntil(*lock_, Hold::kExclusive, kNever);
        }
        return what == 'd' ? TakeAndDestroy(signalled) : Take();
      }
      case 'l':
        lock_->lock();
        if (items() == 0) variable_->WaitUntil(*lock_, Hold::kExclusive, soon);
        return Take();
      case 'a':
      case 'b':
      case 'c':
        lock_->lock();
        AwaitItem(Hold::kExclusive, what == 'b' ? soon : kNever);
        return what == 'c' ? TakeAndDestroy(/*signalled=*/false) : Take();
      case 'S':
        return variable_->Signal();
      case 'y':
        if (lock_->try_lock()) lock_->unlock();
        return;
    }
    lock_->lock_shared();
    DoShared(what, soon);
    lock_->unlock_shared();
  }

  void DoShared(char what, int64_t soon) {
    switch (what) {
      case 'h':
        while (items() == 0) {
          variable_->WaitUntil(*lock_, Hold::kShared, kNever);
        }
        return;
      case 'j':
        if (items() == 0) variable_->WaitUntil(*lock_, Hold::kShared, soon);
        return;
      case 'i':
      case 'k':
        return AwaitItem(Hold::kShared, what == 'k' ? soon : kNever);
      case 'q':
        return variable_->Signal();
      case 's':
        items();
        return;
      case 'v':
        any_signal_until_ = soon;
        variable_->WaitUntil(*lock_, Hold::kShared, soon);
        return;
    }
    World::Fail("no such letter");
  }

  static constexpr int64_t kNever = RawLock<Platform>::kNever;

  void AwaitItem(Hold hold, int64_t deadline) {
    const Condition some(this, &QueueModel::HasItems);
    const bool holds = AwaitUntil<Platform>(*lock_, some, hold, deadline);
    World::Expect(holds == (items() > 0), "the condition was misreported");
    World::Expect(holds || deadline != kNever, "it returned too early");
  }

  bool HasItems() { return items() > 0; }

  int items() { return items_(RL_INFO).load(); }
  void Add(int count) {
    changes_ += count;
    items_(RL_INFO).store(items() + count);
  }
  void Take() {
    if (items() > 0) Add(-1);
    lock_->unlock();
  }
  void TakeAndDestroy(bool signalled) {
    ++taken_;
    const bool last = taken_ == Takers();
    const bool unused = signalled || signal_given_;
    Take();
    if (!last) return;
    lock_.reset();
    if (unused) variable_.reset();
  }

  static int Takers() {
    int takers = 0;
    for (const char* thread : program.threads) {
      if (thread != nullptr) takers += std::strpbrk(thread, "cd") != nullptr;
    }
    return takers;
  }

  std::optional<Lock> lock_{std::in_place};
  std::optional<Variable> variable_{std::in_place};
  // Of the model, not of the threads: no events.
  int changes_ = 0;
  int64_t any_signal_until_ = 0;
  bool signal_given_ = false;
  int taken_ = 0;
  rl::var<int> items_;
};

template <int kThreads, typename Fault = NoFault, typename Search>
Found Explore(const Program& program, const Search& search) {
  return ExploreProgram<QueueModel<Fault>, kThreads>("RawCondVar", program,
                                                     search);
}

// Each program by each of the searches, and at random.
template <int kThreads, typename... Searches>
void ExpectNoBug(std::initializer_list<Program> programs,
                 const Searches&... searches) {
  for (const Program& program : programs) {
    const auto expect_no_bug = [&program](const auto& search) {
      EXPECT_TRUE(NoBug(Explore<kThreads>(program, search)));
    };
    (expect_no_bug(searches), ...);
    expect_no_bug(RandomOrders{30'000, kUnreliable});
  }
}

TEST(RawCondVarModelTest, TwoThreads) {
  ExpectNoBug<2>(
      {{"p", "g"}, {"P", "g"}, {"w", "a"}, {"p", "l"}, {"w", "b"}, {"A", "ga"}},
      FewPreemptions{2}, FewPreemptions{1, kOneSpurious}, RandomOrders{30'000});
}

TEST(RawCondVarModelTest, ThreeThreads) {
  ExpectNoBug<3>({{"pp", "g", "g"},
                  {"A", "g", "g"},
                  {"A", "a", "g"},
                  {"PP", "b", "g"},
                  {"P", "p", "lg"}},
                 RandomOrders{30'000});
}

TEST(RawCondVarModelTest, TwoThreadsThatShare) {
  ExpectNoBug<2>({{"p", "h"},
                  {"P", "sh"},
                  {"w", "i"},
                  {"p", "j"},
                  {"w", "k"},
                  {"wq", "h"},
                  {"A", "hi"}},
                 FewPreemptions{2}, FewPreemptions{1, kOneSpurious},
                 RandomOrders{30'000});
}

TEST(RawCondVarModelTest, ThreeThreadsThatShare) {
  ExpectNoBug<3>({{"A", "i", "i"},
                  {"A", "h", "i"},
                  {"A", "j", "k"},
                  {"P", "h", "s"},
                  {"wq", "h", "s"}},
                 FewPreemptions{1}, RandomOrders{30'000});
}

// (With one preemption, the first two have millions of orders.)
TEST(RawCondVarModelTest, ThreeThreadsOfWhichOneShares) {
  ExpectNoBug<3>({{"A", "a", "i"},
                  {"A", "g", "h"},
                  {"A", "a", "h"},
                  {"p", "b", "k"},
                  {"wq", "l", "s"}},
                 RandomOrders{30'000});
}

TEST(RawCondVarModelTest, WhoHoldsTheGateInVainWakesWhomItWasLeft) {
  ExpectNoBug<3>({{"v", "S", "y"}}, FewPreemptions{2}, RandomOrders{30'000});
}

TEST(RawCondVarModelTest, MayBeDestroyedAsSoonAsAllHaveBeenSignalled) {
  ExpectNoBug<2>({{"p", "d"},
                  {"P", "d"},
                  {"w", "c"},
                  {"D", "gg"},
                  {"D", "lg"},
                  {"D", "hh"}},
                 FewPreemptions{2});
  ExpectNoBug<3>({{"A", "d", "d"},
                  {"A", "c", "d"},
                  {"ww", "c", "c"},
                  {"D", "g", "l"},
                  {"D", "h", "h"}});
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
  EXPECT_TRUE(Bug(Explore<2, SleepsBlindly>({"w", "a"}, FewPreemptions{2}),
                  "a wake-up was lost"));
}

TEST(RawCondVarModelTest, FindsAReleaseForAConditionThatLooksBack) {
  struct LooksBack : RawSharedLock<ModelPlatform<>> {
    void unlock() {
      RawSharedLock::unlock();
      static_cast<void>(observed());
    }
  };
  EXPECT_TRUE(Bug((ExploreProgram<QueueModel<NoFault, LooksBack>, 2>(
                      "LooksBack", Program{"w", "c"}, FewPreemptions{2})),
                  "an access after the end of a lock's life"));
}

TEST(RawCondVarModelTest, FindsASignalThatLooksBack) {
  using Lock = RawSharedLock<ModelPlatform<>>;
  struct LooksBack : RawCondVar<ModelPlatform<>> {
    void Signal() {
      RawCondVar::Signal();
      static_cast<void>(awaited());
    }
  };
  EXPECT_TRUE(Bug((ExploreProgram<QueueModel<NoFault, Lock, LooksBack>, 2>(
                      "LooksBack", Program{"P", "d"}, FewPreemptions{2})),
                  "an access after the end of a lock's life"));
}

TEST(RawCondVarModelTest, FindsAWaiterThatLooksBack) {
  using Lock = RawSharedLock<ModelPlatform<>>;
  struct LooksBack : RawCondVar<ModelPlatform<>> {
    bool WaitUntil(Lock& lock, Hold hold, int64_t deadline) {
      const bool signalled = RawCondVar::WaitUntil(lock, hold, deadline);
      static_cast<void>(awaited());
      return signalled;
    }
  };
  EXPECT_TRUE(Bug((ExploreProgram<QueueModel<NoFault, Lock, LooksBack>, 2>(
                      "LooksBack", Program{"D", "gg"}, FewPreemptions{2})),
                  "an access after the end of a lock's life"));
}

TEST(RawCondVarModelTest, FindsAHolderOfTheGateThatDoesNotSeeWhomItWasLeft) {
  EXPECT_TRUE(
      Bug(Explore<3, SeesThingsInTwoOrders>({"v", "S", "y"}, FewPreemptions{1}),
          "who has been signalled sleeps"));
}

TEST(RawCondVarModelTest, FindsAReleaseThatReleasesNothing) {
  EXPECT_TRUE(Bug(Explore<2, Relaxes<std::memory_order_release>>(
                      {"p", "g"}, FewPreemptions{1}),
                  "data race"));
  EXPECT_TRUE(Bug(Explore<2, Relaxes<std::memory_order_release>>(
                      {"w", "a"}, FewPreemptions{1}),
                  "data race"));
}

}  // namespace
}  // namespace slicelock::model
