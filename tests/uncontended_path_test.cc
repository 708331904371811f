// After a thread's first lock, a lock that is free costs no system call and no
// allocation.

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/cond_var.h"
#include "locks/condition.h"
#include "locks/extended.h"
#include "locks/mutex.h"
#include "locks/recursive_mutex.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "rseq_abi/counters.h"
#include "rseq_abi/cpu_ids.h"
#include "rseq_abi/policy.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"
#include "tests/rseq_stats.h"
#include "tests/system_call_counter.h"

namespace {
std::atomic<int64_t> allocations{0};
}  // namespace

// The C library's allocator, counted.
extern "C" void* __libc_malloc(size_t size);
extern "C" void* __libc_calloc(size_t count, size_t size);
extern "C" void* __libc_realloc(void* pointer, size_t size);

extern "C" void* malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
extern "C" void* calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
extern "C" void* realloc(void* pointer, size_t size) {
  ++allocations;
  return __libc_realloc(pointer, size);
}

namespace slicelock {
namespace {

template <typename Lock>
class UncontendedPathTest : public ::testing::Test {
 protected:
  static void LockOnce() {
    lock.lock();
    lock.unlock();
  }
  static void LockManyTimes() {
    for (int i = 0; i < 1000; ++i) {
      LockOnce();
      if (lock.try_lock()) lock.unlock();
    }
  }
  static inline Lock lock;
};

// SliceSection, as if it were a lock.
struct Section {
  void lock() { SliceSection::Enter(); }
  void unlock() { SliceSection::Leave(); }
  bool try_lock() {
    SliceSection::Enter();
    return true;
  }
};

// A share of a Mutex, likewise.
struct Share {
  void lock() { mutex.lock_shared(); }
  void unlock() { mutex.unlock_shared(); }
  bool try_lock() { return mutex.try_lock_shared(); }
  Mutex mutex;
};

// Signals to nobody.
struct Signals {
  void lock() { variable.Signal(); }
  void unlock() { variable.SignalAll(); }
  bool try_lock() { return false; }
  CondVar variable;
};

using Locks = ::testing::Types<SpinLock, Mutex, Share, RecursiveMutex,
                               Extended<SpinLock>, Section, Signals>;
TYPED_TEST_SUITE(UncontendedPathTest, Locks);

TYPED_TEST(UncontendedPathTest, MakesNoSystemCallAfterTheFirstLock) {
  // Grants, which take one system call each to end, come by chance.
  const std::optional<uint64_t> before = testing::GrantsSinceBoot();
  std::map<uint64_t, int> calls =
      testing::CountSystemCalls(this->LockOnce, this->LockManyTimes);
  const uint64_t yields = calls[471];
  calls.erase(471);
  EXPECT_THAT(calls, ::testing::IsEmpty()) << "numbers, and how many times";
  if (!GetStatus().on()) {
    EXPECT_EQ(yields, 0u) << "nobody granted anything";
  } else if (before.has_value()) {
    EXPECT_LE(yields, *testing::GrantsSinceBoot() - *before)
        << "more yields than grants";
  }
}

TYPED_TEST(UncontendedPathTest, MakesNoAllocationAfterTheFirstLock) {
  std::thread([this] {
    this->LockOnce();
    const int64_t before = allocations;
    this->LockManyTimes();
    EXPECT_EQ(allocations - before, 0);
  }).join();
}

TYPED_TEST(UncontendedPathTest, LeavesErrnoAloneFromTheFirstLockOn) {
  std::thread([this] {
    errno = EDOM;
    this->LockOnce();
    EXPECT_EQ(errno, EDOM) << "the first lock changed it";
    this->LockManyTimes();
    EXPECT_EQ(errno, EDOM);
  }).join();
}

TEST(UncontendedPath, WhereAThreadRunsTakesNoSystemCallFromAnArea) {
  const bool has_area = rseq_abi::FindRegisteredArea().area != nullptr;
  if (!has_area) GTEST_SKIP() << "the C library registers none";
  const auto calls = testing::CountSystemCalls([] { CurrentMmCid(); },
                                               [] {
                                                 CurrentCpu();
                                                 CurrentMmCid();
                                               });
  EXPECT_THAT(calls, ::testing::IsEmpty()) << "numbers, and how many times";
}

TEST(UncontendedPath, WithPolicyOffTheKernelIsNeverAsked) {
  std::thread([] {  // Which has not locked yet.
    const auto calls = testing::CountSystemCalls(
        [] { SetPolicy(Policy::kOff); }, [] { GetStatus(); });
    EXPECT_THAT(calls, ::testing::IsEmpty()) << "numbers, and how many times";
  })
      .join();
}

TEST(UncontendedPath, CountersTakeNoSystemCall) {
  const auto read = [] {
    GetThreadSliceCounters();
    GetProcessSliceCounters();
  };
  EXPECT_THAT(testing::CountSystemCalls(read, read), ::testing::IsEmpty());
}

// What a thread can wait for.
struct Guarded {
  Mutex mutex;
  CondVar changed;
  bool ready = false;
};

struct Wait {
  const char* name;
  void (*wait)(Guarded& guarded);
};

constexpr Wait kWaits[] = {
    {"lock", [](Guarded& guarded) { MutexLock lock(guarded.mutex); }},
    {"lock_shared",
     [](Guarded& guarded) { ReaderMutexLock lock(guarded.mutex); }},
    {"LockWhen",
     [](Guarded& guarded) {
       MutexLock lock(guarded.mutex, Condition(&guarded.ready));
     }},
    {"Wait",
     [](Guarded& guarded) {
       MutexLock lock(guarded.mutex);
       while (!guarded.ready) guarded.changed.Wait(&guarded.mutex);
     }},
};

class WaitingPathTest : public ::testing::TestWithParam<Wait> {
 protected:
  // These tests make system calls while they hold a lock.
  WaitingPathTest() { SetThreadRequests(false); }
  ~WaitingPathTest() override { SetThreadRequests(true); }

  // How many there are in a thread that has to wait.
  static int64_t AllocationsOfOneWait() {
    Guarded guarded;
    guarded.mutex.lock();
    std::atomic<bool> begun{false};
    int64_t made = 0;
    std::thread waiter([&] {
      GetStatus();
      const int64_t before = allocations;
      begun = true;
      GetParam().wait(guarded);
      made = allocations - before;
    });
    const auto let_it_wait = [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    };
    while (!begun) let_it_wait();
    let_it_wait();
    guarded.mutex.unlock();
    let_it_wait();
    guarded.mutex.lock();
    guarded.ready = true;
    guarded.changed.Signal();
    guarded.mutex.unlock();
    waiter.join();
    return made;
  }
};

INSTANTIATE_TEST_SUITE_P(All, WaitingPathTest, ::testing::ValuesIn(kWaits),
                         [](const auto& test) -> std::string {
                           return test.param.name;
                         });

TEST_P(WaitingPathTest, MakesNoAllocationAfterTheFirstWait) {
  AllocationsOfOneWait();
  EXPECT_EQ(AllocationsOfOneWait(), 0);
}

TEST(UncontendedPath, TheCounterCountsSystemCalls) {
  const auto calls =
      testing::CountSystemCalls([] { getuid(); }, [] { getpid(), getpid(); });
  EXPECT_THAT(calls, ::testing::ElementsAre(::testing::Pair(SYS_getpid, 2)));
}

TEST(UncontendedPath, TheCounterCountsAllocations) {
  const int64_t before = allocations;
  void* volatile memory = malloc(1);
  free(memory);
  EXPECT_EQ(allocations - before, 1);
}

}  // namespace
}  // namespace slicelock
