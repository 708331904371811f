// A shared object with the library inside, loaded by a program without it.

#include <dlfcn.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace slicelock {
namespace {

constexpr char kObject[] = "tests/libloaded_locks.so";

class LoadedLocks {
 public:
  LoadedLocks() : object_(dlopen(kObject, RTLD_NOW | RTLD_LOCAL)) {
    if (object_ == nullptr) {
      error_ = dlerror();
      return;
    }
    Find(lock, "LockInside");
    Find(count, "CountInside");
    Find(extension_is_on, "ExtensionIsOnInside");
  }
  ~LoadedLocks() { Unload(); }

  void Unload() {
    if (object_ != nullptr) dlclose(object_);
    object_ = nullptr;
  }

  const std::string& error() const { return error_; }

  void (*lock)(int times) = nullptr;
  int64_t (*count)() = nullptr;
  bool (*extension_is_on)() = nullptr;

 private:
  template <typename Function>
  void Find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(object_, name));
    if (function == nullptr) error_ = dlerror();
  }

  void* object_;
  std::string error_;
};

bool IsLoaded() {
  void* const object = dlopen(kObject, RTLD_NOW | RTLD_NOLOAD);
  if (object == nullptr) return false;
  dlclose(object);
  return true;
}

// The threads that lock in it before it is unloaded, and end afterwards.
class ThreadsThatLockInside {
 public:
  ThreadsThatLockInside(const LoadedLocks& locks, int count, int times) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, lock = locks.lock, times] {
        lock(times);
        ++done_;
        while (!end_) std::this_thread::yield();
      });
    }
    while (done_ < count) std::this_thread::yield();
  }

  void End() {
    end_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<int> done_{0};
  std::atomic<bool> end_{false};
  std::vector<std::thread> threads_;
};

TEST(LoadedLocksTest, ThreadsThatLockedOutliveTheUnloading) {
  constexpr int kThreads = 8;
  constexpr int kTimes = 5000;
  constexpr int kRounds = 10;
  for (int round = 1; round <= kRounds; ++round) {
    LoadedLocks locks;
    ASSERT_EQ(locks.error(), "");
    ThreadsThatLockInside threads(locks, kThreads, kTimes);
    // It stays loaded, and so does what it counts.
    EXPECT_EQ(locks.count(), int64_t{kThreads} * kTimes * round);
    locks.Unload();
    threads.End();
  }
}

TEST(LoadedLocksTest, StaysLoaded) {
  {
    LoadedLocks locks;
    ASSERT_EQ(locks.error(), "");
    locks.lock(1);
  }
  EXPECT_TRUE(IsLoaded());
}

TEST(LoadedLocksTest, ThreadsThatWereThereBeforeLockInIt) {
  // Their thread-local storage was laid out without it.
  const LoadedLocks* locks = nullptr;
  std::atomic<bool> loaded{false};
  bool on_there = false;
  std::thread thread([&] {
    while (!loaded) std::this_thread::yield();
    if (locks == nullptr) return;
    locks->lock(100);
    on_there = locks->extension_is_on();
  });
  const LoadedLocks here;
  if (here.error().empty()) locks = &here;
  loaded = true;
  thread.join();
  ASSERT_EQ(here.error(), "");
  EXPECT_EQ(on_there, here.extension_is_on());
}

}  // namespace
}  // namespace slicelock
