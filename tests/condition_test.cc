// Waiting until what a mutex guards is as one wants it.

#include "locks/condition.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "rseq_abi/thread.h"
#include "tests/waiting_threads.h"

namespace slicelock {
namespace {

using testing::WaitingThreads;

bool IsPositive(int* number) { return *number > 0; }
bool IsNull(void* pointer) { return pointer == nullptr; }

struct Base {
  int number = 0;
};
bool BaseIsPositive(const Base* base) { return base->number > 0; }

// The call operator of which has another type than that of a lambda.
struct AtLeast {
  bool operator()(int least = 1) const noexcept { return *number >= least; }

  const int* number;
};

struct Derived : Base {
  bool IsPositive() { return number > 0; }
  bool IsOdd() const { return number % 2 != 0; }
  virtual bool IsEven() const { return !IsOdd(); }
  virtual ~Derived() = default;
};

TEST(ConditionTest, EvaluatesWhatItWasMadeFrom) {
  int number = 0;
  bool flag = false;
  Derived derived;
  const Derived& constant = derived;
  const auto lambda = [&number] { return number > 0; };
  const std::function<bool()> function = lambda;
  const AtLeast functor{&number};
  const Condition conditions[] = {
      Condition(IsPositive, &number),
      Condition(
          +[](int* n) { return *n > 0; }, &number),
      Condition(BaseIsPositive, &derived),
      Condition(&derived, &Derived::IsPositive),
      Condition(&derived, &Derived::IsOdd),
      Condition(&constant, &Derived::IsOdd),
      Condition(&flag),
      Condition(&lambda),
      Condition(&function),
      Condition(&functor),
  };
  for (const Condition& condition : conditions) EXPECT_FALSE(condition.Eval());
  derived.number = number = 1;
  flag = true;
  for (const Condition& condition : conditions) EXPECT_TRUE(condition.Eval());
  EXPECT_FALSE(Condition(&derived, &Derived::IsEven).Eval());
  EXPECT_TRUE(Condition(IsNull, nullptr).Eval());
  EXPECT_TRUE(Condition::kTrue.Eval());
}

TEST(ConditionTest, IsEqualToOneMadeOfTheSame) {
  int a = 0, b = 0;
  const Condition of_a(IsPositive, &a), also_of_a(IsPositive, &a);
  const Condition of_b(IsPositive, &b);
  EXPECT_TRUE(Condition::GuaranteedEqual(&of_a, &also_of_a));
  EXPECT_FALSE(Condition::GuaranteedEqual(&of_a, &of_b));
  EXPECT_FALSE(Condition::GuaranteedEqual(&of_a, nullptr));
  EXPECT_TRUE(Condition::GuaranteedEqual(&Condition::kTrue, nullptr));
}

class AwaitTest : public ::testing::Test {
 protected:
  // These tests make system calls while they hold a lock, for which a kernel
  // with rseq_debug=1 may kill a thread that requests.
  AwaitTest() { SetThreadRequests(false); }
  ~AwaitTest() override { SetThreadRequests(true); }

  void Set(int number) {
    MutexLock lock(mutex_);
    number_ = number;
  }

  Mutex mutex_;
  int number_ = 0;
  const Condition positive_{IsPositive, &number_};
  const absl::Duration kMoment = absl::Milliseconds(20);
};

TEST_F(AwaitTest, ReturnsAtOnceWhatHoldsAlready) {
  number_ = 1;
  mutex_.LockWhen(positive_);
  mutex_.Await(positive_);
  EXPECT_TRUE(mutex_.AwaitWithTimeout(positive_, absl::ZeroDuration()));
  EXPECT_TRUE(mutex_.AwaitWithDeadline(positive_, absl::InfinitePast()));
  mutex_.unlock();
  mutex_.ReaderLockWhen(positive_);
  mutex_.unlock_shared();
}

TEST_F(AwaitTest, ReturnsWithTheMutexHeldOnceTheConditionHolds) {
  WaitingThreads waiters(4, [this](int i) {
    switch (i) {
      case 0:
        mutex_.lock();
        mutex_.Await(positive_);
        break;
      case 1:
        mutex_.LockWhen(positive_);
        break;
      case 2:
        mutex_.WriterLockWhen(positive_);
        break;
      case 3: {
        MutexLock lock(mutex_, positive_);
        EXPECT_EQ(number_, 1);
        return;
      }
    }
    EXPECT_EQ(number_, 1);
    mutex_.AssertHeld();
    mutex_.unlock();
  });
  Set(0);
  EXPECT_EQ(waiters.done(), 0);
  Set(1);
  waiters.JoinSoon();
}

TEST_F(AwaitTest, ThoseThatShareComeTogether) {
  std::atomic<int> inside{0};
  constexpr int kReaders = 6;
  WaitingThreads readers(kReaders, [&](int i) {
    if (i % 2 == 0) {
      mutex_.ReaderLockWhen(positive_);
    } else {
      mutex_.lock_shared();
      mutex_.Await(positive_);
    }
    ++inside;
    while (inside < kReaders) std::this_thread::yield();
    mutex_.AssertReaderHeld();
    mutex_.unlock_shared();
  });
  Set(1);
  readers.JoinSoon();
}

TEST_F(AwaitTest, GivesUpWhenItsTimeIsOver) {
  const absl::Time begin = absl::Now();
  EXPECT_FALSE(mutex_.LockWhenWithTimeout(positive_, kMoment));
  mutex_.AssertHeld();
  EXPECT_GE(absl::Now() - begin, kMoment);
  EXPECT_FALSE(mutex_.AwaitWithTimeout(positive_, kMoment));
  EXPECT_FALSE(mutex_.AwaitWithDeadline(positive_, absl::Now() + kMoment));
  EXPECT_FALSE(mutex_.AwaitWithTimeout(positive_, -kMoment));
  mutex_.unlock();
  EXPECT_FALSE(
      mutex_.WriterLockWhenWithDeadline(positive_, absl::Now() + kMoment));
  mutex_.unlock();
  EXPECT_FALSE(mutex_.ReaderLockWhenWithTimeout(positive_, kMoment));
  mutex_.AssertReaderHeld();
  EXPECT_FALSE(mutex_.AwaitWithTimeout(positive_, kMoment));
  mutex_.unlock_shared();
  EXPECT_FALSE(
      mutex_.ReaderLockWhenWithDeadline(positive_, absl::Now() + kMoment));
  mutex_.unlock_shared();
  EXPECT_GE(absl::Now() - begin, 7 * kMoment);
  EXPECT_LT(absl::Now() - begin, 50 * kMoment);
}

TEST_F(AwaitTest, WaitsOnceUntilATimeThatComes) {
  std::atomic<int> evaluations{0};
  const auto never = [&evaluations] { return ++evaluations < 0; };
  MutexLock lock(mutex_);
  EXPECT_FALSE(mutex_.AwaitWithDeadline(Condition(&never),
                                        absl::Now() + absl::Milliseconds(2)));
  EXPECT_EQ(evaluations, 2) << "before and after";
}

TEST_F(AwaitTest, WaitsForEverIfToldTo) {
  WaitingThreads waiters(2, [this](int i) {
    EXPECT_TRUE(
        i == 0
            ? mutex_.LockWhenWithTimeout(positive_, absl::InfiniteDuration())
            : mutex_.LockWhenWithDeadline(positive_, absl::InfiniteFuture()));
    mutex_.unlock();
  });
  Set(1);
  waiters.JoinSoon();
}

TEST_F(AwaitTest, EachWaiterGetsWhatItWaitsFor) {
  constexpr int kThreads = 8;
  int turn = -1;
  WaitingThreads waiters(kThreads, [&](int i) {
    const auto my_turn = [&turn, i] { return turn == i; };
    for (int round = 0; round < 100; ++round) {
      MutexLock lock(mutex_, Condition(&my_turn));
      turn = (turn + 1) % kThreads;
    }
  });
  {
    MutexLock lock(mutex_);
    turn = 0;
  }
  waiters.JoinSoon();
}

TEST_F(AwaitTest, WakesTheOthersAfterOneThatGaveUp) {
  // The first in the list has a time limit; the one behind it must not starve.
  for (int round = 0; round < 50; ++round) {
    number_ = 0;
    WaitingThreads waiters(2, [this](int i) {
      if (i == 0) {
        mutex_.LockWhenWithTimeout(positive_, absl::Milliseconds(1));
      } else {
        mutex_.LockWhen(positive_);
      }
      mutex_.unlock();
    });
    Set(1);
    waiters.JoinSoon();
  }
}

TEST_F(AwaitTest, AWaiterThatGaveUpMayHoldUpNobody) {
  // Producers and consumers with limits of all lengths; nothing may be lost.
  constexpr int kThreads = 6, kItems = 3000;
  int items = 0;
  std::atomic<int> taken{0}, failures{0};
  const auto some = [&items] { return items > 0; };
  const auto none = [&items] { return items == 0; };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::minstd_rand random(i + 1);
      if (i % 2 == 0) {
        for (int n = 0; n < kItems;) {
          MutexLock lock(mutex_);
          if (!mutex_.AwaitWithTimeout(Condition(&none),
                                       absl::Microseconds(random() % 200))) {
            ++failures;
            continue;
          }
          ++items;
          ++n;
        }
      } else {
        for (int n = 0; n < kItems;) {
          if (mutex_.LockWhenWithTimeout(Condition(&some),
                                         absl::Microseconds(random() % 200))) {
            --items;
            ++n;
            ++taken;
          }
          mutex_.unlock();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, kThreads / 2 * kItems);
  EXPECT_EQ(items, 0);
}

TEST_F(AwaitTest, HoldersReleaseOnlyWhatTheyHold) {
  const auto is_free = [this] {
    bool free = false;
    std::thread([&] {
      free = mutex_.try_lock();
      if (free) mutex_.unlock();
    }).join();
    return free;
  };
  number_ = 1;
  {
    MutexLockMaybe none(nullptr);
    MutexLockMaybe lock(&mutex_, positive_);
    EXPECT_FALSE(is_free());
  }
  EXPECT_TRUE(is_free());
  {
    ReleasableMutexLock lock(mutex_, positive_);
    EXPECT_FALSE(is_free());
    lock.Release();
    EXPECT_TRUE(is_free());
    EXPECT_DEATH(lock.Release(), "that was released");
  }
  {
    ReleasableMutexLock lock(&mutex_);
    EXPECT_FALSE(is_free());
  }
  {
    ReaderMutexLock share(mutex_, positive_);
    EXPECT_FALSE(is_free());
  }
  EXPECT_TRUE(is_free());
}

}  // namespace
}  // namespace slicelock
