// After a thread's first lock, a lock that is free costs no system call and no
// allocation.

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <new>
#include <optional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "rseq_abi/status.h"
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

using Locks = ::testing::Types<SpinLock, Mutex, Section>;
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
