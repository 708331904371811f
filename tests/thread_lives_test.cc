// Locks of threads that come, are cancelled, and go.

#include <malloc.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"
#include "tests/grants.h"
#include "tests/run_last.h"
#include "tests/thread_state.h"

namespace slicelock {
namespace {

// What C libraries reserve for objects that are loaded later is not much.
static_assert(sizeof(rseq_abi::RunningKernel::Thread) <= 200);

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ThreadComplaint;

// A thread that can be cancelled.
class Thread {
 public:
  explicit Thread(std::function<void()> run) : run_(std::move(run)) {
    pthread_create(
        &thread_, nullptr,
        [](void* self) -> void* {
          static_cast<Thread*>(self)->tid_ = syscall(SYS_gettid);
          static_cast<Thread*>(self)->run_();
          return nullptr;
        },
        this);
  }

  void Cancel() { pthread_cancel(thread_); }

  bool Ended() { return pthread_tryjoin_np(thread_, nullptr) == 0; }

  // Waits for it to end. Returns whether it was cancelled.
  bool Join() {
    void* result;
    pthread_join(thread_, &result);
    return result == PTHREAD_CANCELED;
  }

  // Waits until it sleeps in the kernel.
  void AwaitSleep() const {
    while (tid_ == 0 || testing::IsAwake(tid_)) {
      std::this_thread::sleep_for(milliseconds(1));
    }
  }

 private:
  const std::function<void()> run_;
  std::atomic<pid_t> tid_{0};
  pthread_t thread_{};
};

template <typename Lock>
class CancellationTest : public ::testing::Test {};
using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(CancellationTest, Locks);

TYPED_TEST(CancellationTest, AWaiterGetsTheLockAndIsCancelledLater) {
  TypeParam lock;
  bool acquired = false, passed_the_cancellation_point = false;
  // The holder sleeps, and a request would not survive that.
  SetThreadRequests(false);
  lock.lock();
  Thread waiter([&] {
    lock.lock();
    acquired = true;
    lock.unlock();
    pthread_testcancel();
    passed_the_cancellation_point = true;
  });
  waiter.AwaitSleep();
  waiter.Cancel();
  std::this_thread::sleep_for(milliseconds(20));
  ASSERT_FALSE(waiter.Ended()) << "waiting is a cancellation point";
  lock.unlock();
  SetThreadRequests(true);
  EXPECT_TRUE(waiter.Join()) << "the cancellation was forgotten";
  EXPECT_TRUE(acquired);
  EXPECT_FALSE(passed_the_cancellation_point);
  ASSERT_TRUE(lock.try_lock()) << "the lock stayed held";
  lock.unlock();
}

TYPED_TEST(CancellationTest, AHolderThatIsCancelledReleasesAsItsScopeEnds) {
  TypeParam lock;
  int32_t depth = -1;
  Thread holder([&] {
    struct AtTheEnd {
      ~AtTheEnd() { depth = rseq_abi::current_thread.sections.depth(); }
      int32_t& depth;
    } at_the_end{depth};
    const std::lock_guard<TypeParam> guard(lock);
    pthread_cancel(pthread_self());
    pthread_testcancel();
  });
  EXPECT_TRUE(holder.Join());
  EXPECT_EQ(depth, 0) << "it left its section while unwinding";
  ASSERT_TRUE(lock.try_lock()) << "the lock stayed held";
  lock.unlock();
}

struct Ending {
  const char* name;
  void (*end)();
};

class ThreadEndingTest : public ::testing::TestWithParam<Ending> {};

INSTANTIATE_TEST_SUITE_P(
    Ways, ThreadEndingTest,
    ::testing::Values(Ending{"by_returning", [] {}},
                      Ending{"by_pthread_exit", [] { pthread_exit(nullptr); }},
                      Ending{"by_cancellation",
                             [] {
                               pthread_cancel(pthread_self());
                               pthread_testcancel();
                             }}),
    [](const auto& way) { return way.param.name; });

TEST_P(ThreadEndingTest, AnOwnAreaIsUnregisteredWhileItsMemoryIsThere) {
  long set = 0;
  StatusCode status{}, status_at_end{};
  Thread thread([&] {
    status = GetStatus().code();
    testing::RunLast([&] {
      set = rseq_abi::EnableSliceExtension();
      status_at_end = GetStatus().code();
    });
    GetParam().end();
  });
  thread.Join();
  if (status != StatusCode::kOnOwnArea && status != StatusCode::kOnTakenOver) {
    EXPECT_EQ(ThreadComplaint(), "");
    EXPECT_EQ(status_at_end, status) << Status(status_at_end).sentence();
    return;
  }
  EXPECT_EQ(set, -ENXIO) << "its area is still registered";
  EXPECT_EQ(status_at_end, StatusCode::kOffThreadExiting)
      << Status(status_at_end).sentence();
}

// How many thread-specific keys the process can still create.
int FreeKeys() {
  std::vector<pthread_key_t> keys;
  pthread_key_t key;
  while (pthread_key_create(&key, nullptr) == 0) keys.push_back(key);
  for (const pthread_key_t created : keys) pthread_key_delete(created);
  return static_cast<int>(keys.size());
}

size_t AllocatedBytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

size_t ResidentBytes() {
  size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// Says every few seconds how far a long test is.
class Progress {
 public:
  explicit Progress(int all) : all_(all) {}

  void Show(int done) {
    const auto now = steady_clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    printf("%d of %d threads have come and gone.\n", done, all_);
    fflush(stdout);
  }

 private:
  static constexpr auto kInterval = std::chrono::seconds(3);
  const int all_;
  steady_clock::time_point next_ = steady_clock::now() + kInterval;
};

// Whether the calling thread, which is past the library's clean-up, has an area
// registered that is in its own memory.
bool LeavesAreaBehind() {
  switch (GetStatus().code()) {
    case StatusCode::kOnOwnArea:
    case StatusCode::kOnTakenOver:
      return true;
    case StatusCode::kOffThreadExiting:
      return rseq_abi::EnableSliceExtension() != -ENXIO;
    default:
      return false;
  }
}

struct ShortThreads {
  int64_t run = 0;
  std::atomic<int> with_extension{0};
  std::atomic<int> areas_left_behind{0};
};

// Starts and ends `count` threads, some at a time, that each lock once.
template <typename Lock>
void RunShortThreads(int count, Lock& lock, ShortThreads& all) {
  // No more than glibc keeps the stacks of: else a guest takes four times as
  // long.
  constexpr int kAtATime = 4;
  Progress progress(count);
  std::thread threads[kAtATime];
  for (int started = 0; started < count; started += kAtATime) {
    for (std::thread& thread : threads) {
      thread = std::thread([&lock, &all] {
        testing::RunLast([&all] {
          if (LeavesAreaBehind()) ++all.areas_left_behind;
        });
        lock.lock();
        ++all.run;
        lock.unlock();
        if (GetStatus().on()) ++all.with_extension;
      });
    }
    for (std::thread& thread : threads) thread.join();
    progress.Show(started + kAtATime);
  }
}

class ManyThreadsTest : public ::testing::TestWithParam<int> {};

constexpr int kSome = 1'600;
constexpr int kMany = 100'000;

#ifdef ABSL_HAVE_THREAD_SANITIZER
INSTANTIATE_TEST_SUITE_P(Threads, ManyThreadsTest, ::testing::Values(kSome),
                         ::testing::PrintToStringParamName());
#else
INSTANTIATE_TEST_SUITE_P(Threads, ManyThreadsTest,
                         ::testing::Values(kSome, kMany),
                         ::testing::PrintToStringParamName());
#endif

// The first thread does not lock, nor ask for its status: others would have no
// area to take over any more.
TEST_P(ManyThreadsTest, WhoLockOnceLeaveNothingBehind) {
  const int count = GetParam();
  constexpr int kToWarmUp = 800;
  SpinLock spinlock;
  Mutex mutex;
  ShortThreads threads;
  RunShortThreads(kToWarmUp, spinlock, threads);
  const size_t allocated = AllocatedBytes();
  const size_t resident = ResidentBytes();
  const int keys = FreeKeys();
  RunShortThreads(count / 2, spinlock, threads);
  RunShortThreads(count / 2, mutex, threads);
  EXPECT_EQ(threads.run, count + kToWarmUp);
  EXPECT_EQ(threads.areas_left_behind, 0);
  if (threads.with_extension > 0) {
    EXPECT_EQ(threads.with_extension, threads.run) << "not all alike";
  }
  EXPECT_EQ(FreeKeys(), keys);
  // Less than one allocation a thread.
  EXPECT_LT(AllocatedBytes(), allocated + 8 * count);
#if !defined(ABSL_HAVE_ADDRESS_SANITIZER) && \
    !defined(ABSL_HAVE_THREAD_SANITIZER)
  // Less than a word or two a thread, where there are enough of them to show.
  // (An emulator of processors has its own memory there, and keeps some of
  // each.)
  constexpr size_t kNoise = 1 << 20;
  if (count == kMany) {
    EXPECT_LT(ResidentBytes(), resident + 16 * count + kNoise);
  }
#else
  (void)resident;
#endif
}

TEST(ManyThreadsDeathTest, ThoseThatLockFirstCreateOneKeyAtMost) {
  // Nobody has locked yet in a child that starts from scratch.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto child = [] {
    constexpr int kThreads = 16;
    const int before = FreeKeys();
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&ready] {
        Mutex mutex;
        ++ready;
        while (ready < kThreads) {
        }
        MutexLock lock(mutex);
      });
    }
    for (std::thread& thread : threads) thread.join();
    fprintf(stderr, "%d keys were taken\n", before - FreeKeys());
    exit(EXIT_SUCCESS);
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(EXIT_SUCCESS),
              "(^|\n)[01] keys were taken");
}

}  // namespace
}  // namespace slicelock
