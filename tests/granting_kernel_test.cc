// The locks on a kernel that grants extensions.

#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "rseq_abi/c_library.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"
#include "tests/contention.h"
#include "tests/rseq_stats.h"
#include "tests/run_last.h"

namespace slicelock {
namespace {

constexpr auto kLong = std::chrono::milliseconds(1500);

// What a thread that has not locked yet is to get, from what the C library gave
// it.
StatusCode ExpectedStatus() {
  const rseq_abi::CLibraryArea c_library = rseq_abi::FindCLibraryArea();
  if (c_library.area == nullptr) return StatusCode::kOnOwnArea;
  return c_library.length > rseq_abi::kLegacyLength
             ? StatusCode::kOnCLibraryArea
             : StatusCode::kOnTakenOver;
}

TEST(GrantingKernelTest, EveryThreadHasTheExtensionThroughTheAreaThatItCan) {
  for (int i = 0; i < 2; ++i) {
    std::thread([] {
      const StatusCode expected = ExpectedStatus();
      EXPECT_EQ(GetStatus().code(), expected) << GetStatus().sentence();
      EXPECT_EQ(rseq_abi::SliceExtensionEnabled(), 1);
    }).join();
  }
}

TEST(GrantingKernelDeathTest, TheAreaOfTheCLibraryNeedsNoThreadSpecificKey) {
  if (ExpectedStatus() != StatusCode::kOnCLibraryArea) {
    GTEST_SKIP() << "not on the area of the C library";
  }
  // The child is to be without a key that the parent may have got before.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto child = [] {
    pthread_key_t taken;
    while (pthread_key_create(&taken, nullptr) == 0) {
    }
    fprintf(stderr, "%s\n", GetStatus().sentence());
    exit(EXIT_SUCCESS);
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(EXIT_SUCCESS),
              "extensions are on");
}

// What a thread finds in a clean-up after the library's own.
struct AtExit {
  // Of setting the extension: -ENXIO if no area is registered.
  long set = 0;
  StatusCode status{};
  bool locked_both = false;
};

AtExit RunThreadToItsEnd() {
  AtExit found;
  std::thread([&found] {
    GetStatus();
    testing::RunLast([&found] {
      found.set = rseq_abi::EnableSliceExtension();
      found.status = GetStatus().code();
      SpinLock spinlock;
      Mutex mutex;
      SpinLockHolder spinlock_holder(spinlock);
      MutexLock mutex_holder(mutex);
      found.locked_both = true;
    });
  }).join();
  return found;
}

TEST(GrantingKernelTest, AThreadThatExitsLeavesNoOwnAreaBehindAndCanLock) {
  StatusCode expected{};
  std::thread([&expected] { expected = ExpectedStatus(); }).join();
  const AtExit found = RunThreadToItsEnd();
  EXPECT_TRUE(found.locked_both) << "the clean-up did not run";
  if (expected == StatusCode::kOnCLibraryArea) {
    EXPECT_EQ(found.set, 0) << "the area is the C library's to unregister";
    EXPECT_EQ(found.status, expected) << Status(found.status).sentence();
  } else {
    EXPECT_EQ(found.set, -ENXIO) << "its area is still registered";
    EXPECT_EQ(found.status, StatusCode::kOffThreadExiting)
        << Status(found.status).sentence();
  }
}

template <typename Lock>
class GrantingKernelLockTest : public ::testing::Test {};
using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(GrantingKernelLockTest, Locks);

TYPED_TEST(GrantingKernelLockTest, HoldersAreGrantedExtensionsAndYield) {
  TypeParam lock;
  const std::optional<uint64_t> before = testing::GrantsSinceBoot();
  const auto result = testing::Contend(lock, 16, kLong);
  if (before.has_value()) {
    EXPECT_LE(result.grants, *testing::GrantsSinceBoot() - *before)
        << "more than the kernel counted";
  }
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
  const std::optional<uint64_t> before = testing::GrantsSinceBoot();
  if (!before.has_value()) GTEST_SKIP() << "the kernel does not tell";
  const auto result = testing::Contend(lock, 16, kLong);
  EXPECT_EQ(result.counted, result.acquisitions) << "holders overlapped";
  EXPECT_EQ(*testing::GrantsSinceBoot() - *before, 0u);
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
