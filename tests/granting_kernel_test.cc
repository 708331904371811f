// The locks on a kernel that grants extensions.

#include <chrono>
#include <thread>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"
#include "tests/contention.h"

namespace slicelock {
namespace {

constexpr auto kLong = std::chrono::milliseconds(1500);

TEST(GrantingKernelTest, TheExtensionIsOn) {
  EXPECT_TRUE(GetStatus().on()) << GetStatus().sentence();
}

TEST(GrantingKernelTest, EveryThreadHasIt) {
  std::thread([] {
    EXPECT_TRUE(GetStatus().on()) << GetStatus().sentence();
    EXPECT_EQ(rseq_abi::SliceExtensionEnabled(), 1);
  }).join();
}

template <typename Lock>
class GrantingKernelLockTest : public ::testing::Test {};
using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(GrantingKernelLockTest, Locks);

TYPED_TEST(GrantingKernelLockTest, HoldersAreGrantedExtensionsAndYield) {
  TypeParam lock;
  const auto result = testing::Contend(lock, 16, kLong);
  EXPECT_EQ(result.counted, result.acquisitions) << "holders overlapped";
  EXPECT_GT(result.grants, 0u)
      << "in " << result.acquisitions << " acquisitions";
  EXPECT_GT(result.yields, 0u) << "of " << result.grants << " grants";
  EXPECT_LE(result.yields, result.grants);
}

TYPED_TEST(GrantingKernelLockTest, ThreadsThatDoNotRequestAreGrantedNothing) {
  struct Unasking {
    void lock() {
      SetThreadRequests(false);
      lock_.lock();
    }
    void unlock() { lock_.unlock(); }
    TypeParam lock_;
  };
  Unasking lock;
  const auto result =
      testing::Contend(lock, 16, std::chrono::milliseconds(500));
  EXPECT_EQ(result.counted, result.acquisitions) << "holders overlapped";
  EXPECT_EQ(result.grants, 0u);
}

TEST(GrantingKernelTest, ASectionIsGrantedAnExtension) {
  // With as many threads as it takes, one is due to be preempted in a section
  // sooner or later.
  struct Section {
    void lock() { SliceSection::Enter(); }
    void unlock() { SliceSection::Leave(); }
  } section;
  const auto result = testing::Contend(section, 16, kLong);
  EXPECT_GT(result.grants, 0u);
}

}  // namespace
}  // namespace slicelock
