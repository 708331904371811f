// Restartable sequences of others beside the locks.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/c_library.h"
#include "rseq_abi/rseq_area.h"
#include "rseq_abi/thread.h"
#include "tests/contention.h"
#include "tests/restartable_counter.h"

namespace slicelock {
namespace {

// A lock whose users run restartable sequences, with it and without.
template <typename Lock>
class LockBesideSequences {
 public:
  void lock() {
    Increment();
    lock_.lock();
    Increment();
  }

  void unlock() {
    Increment();
    lock_.unlock();
    Increment();
  }

  int64_t sum() const { return counter_.Sum(); }
  int64_t increments() const { return increments_; }
  int64_t restarts() const { return restarts_; }

 private:
  // Of one thread.
  struct User {
    explicit User(LockBesideSequences& used)
        : lock(used), area(rseq_abi::FindCLibraryArea().area) {}
    ~User() {
      lock.increments_ += increments;
      lock.restarts_ += restarts;
    }
    LockBesideSequences& lock;
    rseq_abi::RseqArea* const area;
    int64_t increments = 0;
    int64_t restarts = 0;
  };

  void Increment() {
    static thread_local User user(*this);
    if (counter_.Increment(user.area, user.restarts)) ++user.increments;
  }

  Lock lock_;
  testing::RestartableCounter counter_;
  std::atomic<int64_t> increments_{0};
  std::atomic<int64_t> restarts_{0};
};

template <typename Lock>
class RestartableSequenceTest : public ::testing::Test {};
using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(RestartableSequenceTest, Locks);

TYPED_TEST(RestartableSequenceTest, LoseNoUpdateBesideContendedLocks) {
  const rseq_abi::RseqArea* const area = rseq_abi::FindCLibraryArea().area;
  if (area == nullptr) {
    GTEST_SKIP() << "the C library has registered no area";
  }
  LockBesideSequences<TypeParam> lock;
  const auto result =
      testing::Contend(lock, 8, std::chrono::milliseconds(1500));
  EXPECT_EQ(result.counted, result.acquisitions) << "holders overlapped";
  EXPECT_EQ(lock.increments(), 4 * result.acquisitions)
      << "an area was taken away";
  EXPECT_EQ(lock.sum(), lock.increments());
  EXPECT_GT(lock.restarts(), 0) << "no sequence was interrupted";
  if (area->slice_available()) {
    EXPECT_GT(result.grants, 0u) << "in " << result.acquisitions;
  }
}

}  // namespace
}  // namespace slicelock
