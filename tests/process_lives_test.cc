// Locks, and the threads' right to extensions, through fork(2), vfork(2) and
// execve(2).

#include <spawn.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "gtest/gtest.h"
#include "locks/cond_var.h"
#include "locks/condition.h"
#include "locks/mutex.h"
#include "locks/recursive_mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"
#include "tests/child_process.h"
#include "tests/contention.h"
#include "tests/endless_threads.h"
#include "tests/grants.h"

namespace slicelock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ComplaintOf;
using testing::ThreadComplaint;

// What is wrong with a lock that nobody holds or wants; empty if nothing is.
template <typename Lock>
std::string ComplaintAboutFree(Lock& lock) {
  lock.lock();
  if (lock.try_lock()) return "a lock can be acquired twice";
  lock.unlock();
  if (!lock.try_lock()) return "a free lock cannot be acquired by try_lock()";
  lock.unlock();
  const auto result = testing::Contend(lock, 4, milliseconds(50));
  return result.counted == result.acquisitions ? "" : "holders overlapped";
}

// Holds `lock` in a thread of its own, without requests, which a system call
// while holding would end.
template <typename Lock>
class HeldElsewhere {
 public:
  explicit HeldElsewhere(Lock& lock) {
    thread_ = std::thread([this, &lock] {
      SetThreadRequests(false);
      lock.lock();
      held_ = true;
      while (held_) std::this_thread::sleep_for(milliseconds(1));
      lock.unlock();
    });
    while (!held_) std::this_thread::yield();
  }
  ~HeldElsewhere() {
    held_ = false;
    thread_.join();
  }

 private:
  std::atomic<bool> held_{false};
  std::thread thread_;
};

template <typename Lock>
class ForkTest : public ::testing::Test {};
using Locks = ::testing::Types<SpinLock, Mutex>;
TYPED_TEST_SUITE(ForkTest, Locks);

TYPED_TEST(ForkTest, TheChildOfTheHolderReleasesAndLocksAndRequests) {
  TypeParam lock;
  const Status status = GetStatus();
  lock.lock();
  const pid_t child = testing::Fork([&]() -> std::string {
    if (lock.try_lock()) return "what the parent held is free";
    lock.unlock();
    if (GetStatus().code() != status.code()) return GetStatus().sentence();
    const std::string complaint = ComplaintAboutFree(lock);
    return complaint.empty() ? ThreadComplaint() : complaint;
  });
  lock.unlock();
  EXPECT_EQ(ComplaintOf(child), "");
  EXPECT_EQ(ComplaintAboutFree(lock), "");
  EXPECT_EQ(ThreadComplaint(), "");
}

TYPED_TEST(ForkTest, WhatAnotherThreadHoldsStaysHeldInTheChild) {
  TypeParam lock, other;
  {
    const HeldElsewhere<TypeParam> held(lock);
    EXPECT_EQ(ComplaintOf(testing::Fork([&]() -> std::string {
                if (lock.try_lock()) return "what a thread held is free";
                const std::string complaint = ComplaintAboutFree(other);
                return complaint.empty() ? ThreadComplaint() : complaint;
              })),
              "");
  }
  EXPECT_EQ(ComplaintAboutFree(lock), "");
}

TYPED_TEST(ForkTest, TheChildDoesNotWaitLongForThreadsThatItLacks) {
  constexpr int kRounds = 12;
  // Twice what it takes a sleeper that nobody wakes, and a second for a busy
  // machine.
  constexpr auto kLong = std::chrono::seconds(2);
  TypeParam lock;
  const testing::EndlessThreads wanting(6, [&lock] {
    lock.lock();
    lock.unlock();
  });
  SetThreadRequests(false);
  for (int round = 0; round < kRounds && !this->HasFailure(); ++round) {
    lock.lock();
    // The others fall asleep; then the first claims its turn.
    std::this_thread::sleep_for(milliseconds(2 * round));
    const pid_t child = testing::Fork([&]() -> std::string {
      const auto begin = steady_clock::now();
      lock.unlock();
      lock.lock();
      lock.unlock();
      if (steady_clock::now() - begin > kLong) return "waited after release";
      const auto result = testing::Contend(lock, 4, milliseconds(20));
      if (steady_clock::now() - begin > kLong) return "new threads waited";
      if (result.counted != result.acquisitions) return "holders overlapped";
      SetThreadRequests(true);
      return round == 0 ? ThreadComplaint() : "";
    });
    lock.unlock();
    EXPECT_EQ(ComplaintOf(child), "") << "in round " << round;
  }
  SetThreadRequests(true);
}

TEST(WaitersForkTest, TheChildHasNoneOfThoseThatWaited) {
  struct {
    Mutex mutex;
    CondVar changed;
    int waiting = 0;
    bool ready = false;

    void Await() {
      const MutexLock lock(mutex);
      ++waiting;
      mutex.Await(Condition(&ready));
    }
    void Wait() {
      const MutexLock lock(mutex);
      ++waiting;
      while (!ready) changed.Wait(&mutex);
    }
    // Wakes two threads that do that, after both have begun to.
    void Wake() {
      mutex.LockWhen(Condition(
          +[](int* count) { return *count == 2; }, &waiting));
      ready = true;
      changed.Signal();
      mutex.unlock();
    }
  } guarded;
  std::thread awaiting([&] { guarded.Await(); });
  std::thread waiting([&] { guarded.Wait(); });
  {
    const MutexLock lock(
        guarded.mutex,
        Condition(
            +[](int* count) { return *count == 2; }, &guarded.waiting));
  }
  const pid_t child = testing::Fork([&]() -> std::string {
    guarded.waiting = 0;
    std::thread awaiting_here([&] { guarded.Await(); });
    std::thread waiting_here([&] { guarded.Wait(); });
    guarded.Wake();
    awaiting_here.join();
    waiting_here.join();
    return ComplaintAboutFree(guarded.mutex);
  });
  EXPECT_EQ(ComplaintOf(child), "");
  guarded.Wake();
  awaiting.join();
  waiting.join();
}

TEST(RecursiveForkTest, TheChildOfTheHolderHoldsItAsOften) {
  RecursiveMutex mutex;
  SetThreadRequests(false);
  mutex.lock();
  mutex.lock();
  const auto is_free = [&] {
    bool free = false;
    std::thread([&] {
      free = mutex.try_lock();
      if (free) mutex.unlock();
    }).join();
    return free;
  };
  const pid_t child = testing::Fork([&]() -> std::string {
    mutex.unlock();
    if (is_free()) return "what was acquired twice is free after one release";
    mutex.unlock();
    return is_free() ? "" : "what was released as often is not free";
  });
  EXPECT_EQ(ComplaintOf(child), "");
  mutex.unlock();
  mutex.unlock();
  SetThreadRequests(true);
}

TEST(VforkTest, AChildThatLocksLeavesTheParentAsItWas) {
  SpinLock spinlock;
  Mutex mutex;
  ASSERT_EQ(ThreadComplaint(), "");
  const pid_t child = vfork();
  if (child == 0) {
    spinlock.lock();
    mutex.lock();
    mutex.unlock();
    spinlock.unlock();
    _exit(EXIT_SUCCESS);
  }
  EXPECT_EQ(ComplaintOf(child), "");
  EXPECT_EQ(ComplaintAboutFree(spinlock), "");
  EXPECT_EQ(ComplaintAboutFree(mutex), "");
  EXPECT_EQ(ThreadComplaint(), "");
}

constexpr char kThisProgram[] = "/proc/self/exe";
constexpr char kNewProgram[] = "--new_program";

// What a program that has just been started finds wrong.
std::string NewProgramComplaint(StatusCode expected) {
  if (rseq_abi::current_thread.prepared()) return "prepared before any lock";
  if (GetStatus().code() != expected) return GetStatus().sentence();
  Mutex mutex;
  const std::string complaint = ComplaintAboutFree(mutex);
  return complaint.empty() ? ThreadComplaint() : complaint;
}

struct Start {
  const char* name;
  // Starts a program as a child.
  pid_t (*start)(char* const* argv);
};

class NewProgramTest : public ::testing::TestWithParam<Start> {};

INSTANTIATE_TEST_SUITE_P(Ways, NewProgramTest,
                         ::testing::Values(Start{"fork",
                                                 [](char* const* argv) {
                                                   const pid_t pid = fork();
                                                   if (pid != 0) return pid;
                                                   execv(kThisProgram, argv);
                                                   _exit(EXIT_FAILURE);
                                                 }},
                                           Start{"vfork",
                                                 [](char* const* argv) {
                                                   const pid_t pid = vfork();
                                                   if (pid != 0) return pid;
                                                   execv(kThisProgram, argv);
                                                   _exit(EXIT_FAILURE);
                                                 }},
                                           Start{"posix_spawn",
                                                 [](char* const* argv) {
                                                   pid_t pid = -1;
                                                   posix_spawn(&pid,
                                                               kThisProgram,
                                                               nullptr, nullptr,
                                                               argv, environ);
                                                   return pid;
                                                 }}),
                         [](const auto& way) { return way.param.name; });

TEST_P(NewProgramTest, StartsCleanThoughItsParentHeldALock) {
  Mutex mutex;
  std::string code = std::to_string(static_cast<int>(GetStatus().code()));
  std::string program = kThisProgram, mode = kNewProgram;
  char* const argv[] = {program.data(), mode.data(), code.data(), nullptr};
  mutex.lock();
  const pid_t child = GetParam().start(argv);
  mutex.unlock();
  EXPECT_EQ(ComplaintOf(child), "");
  EXPECT_EQ(ThreadComplaint(), "");
}

}  // namespace
}  // namespace slicelock

int main(int argc, char** argv) {
  if (argc == 3 && argv[1] == std::string_view(slicelock::kNewProgram)) {
    const std::string complaint = slicelock::NewProgramComplaint(
        static_cast<slicelock::StatusCode>(atoi(argv[2])));
    if (complaint.empty()) return EXIT_SUCCESS;
    fprintf(stderr, "In the new program: %s.\n", complaint.c_str());
    return EXIT_FAILURE;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
