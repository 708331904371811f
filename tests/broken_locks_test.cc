// Locks that break the rules of the control word, each in one way: what finds
// no fault with the locks that ship must find fault with these.

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/core/platform.h"
#include "tests/interrupted_run.h"

namespace slicelock {
namespace {

using ::testing::AllOf;
using testing::BitPlatform;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Scenario;
using testing::Tally;

void Nothing() {}

// A way to lock, and what is to be found with it.
struct BrokenLock {
  std::string fault;
  std::string violation;
  // What it takes to see it.
  std::string event = "undisturbed";
  void (*acquire)();
  void (*release)();
  void (*use)() = Nothing;
  // Whether somebody holds the lock at first; or sleeps, and is to be woken.
  enum Others { kNobody, kHolder, kKeeper, kSleeper } others = kNobody;
  int events = 1;
  void (*handler)() = nullptr;
};

template <typename Platform>
class BrokenLocks : testing::World<Platform> {
 public:
  static std::vector<BrokenLock> All();
  static BrokenLock Sound();
  static BrokenLock SoundWithSleeper();

  // What is found.
  static std::vector<std::string> Complaints(const BrokenLock& lock) {
    tried = lock;
    Scenario scenario;
    scenario.name = lock.fault;
    scenario.path = Path;
    scenario.events = lock.events;
    scenario.handler = lock.handler;
    scenario.prepare = [] {
      third_lock = tried.others == BrokenLock::kHolder ||
                   tried.others == BrokenLock::kKeeper;
    };
    scenario.on_wait = [](int) {
      if (tried.others == BrokenLock::kHolder) third_lock = 0;
    };
    scenario.wakes = lock.others == BrokenLock::kSleeper ? 1 : 0;
    Tally tally;
    testing::TryEverything<Platform>(scenario, tally);
    return tally.violations;
  }

 private:
  using World = testing::World<Platform>;
  using Section = typename Platform::Section;
  using World::area;
  using World::run;
  using World::third_lock;
  using World::thread;

  [[gnu::noinline]] static void Path() {
    tried.acquire();
    tried.use();
    tried.release();
  }

  // What locks are made of.
  static void Take() { third_lock = 1; }
  static void Free() { third_lock = 0; }
  static bool held() { return third_lock != 0; }
  static void Sleep() { Platform::Park(&third_lock, 1, 1, 1000); }
  static void Wake() { Platform::WakeOne(&third_lock, 1); }
  static void Yield() { World::Kernel::Yield(); }
  static auto& word() { return *thread().control; }
  static auto& depth() { return thread().sections; }
  static void KeepOrder() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  static void ClearWord() {
    memset(static_cast<void*>(&word()), 0, sizeof(word()));
  }

  static void Acquire() {
    Section::Enter();
    Take();
  }
  static void Release() {
    Free();
    Section::Leave();
  }
  static void TakeTime() {
    constexpr int kLong = 30;
    for (volatile int i = 0; i < kLong; i = i + 1) {
    }
  }
  // Frees the lock and withdraws the request; ends a grant by `yield`; leaves
  // the section.
  template <typename Function>
  static void ReleaseYielding(Function&& yield) {
    Free();
    KeepOrder();
    word().Withdraw();
    KeepOrder();
    yield();
    depth().Leave();
    KeepOrder();
  }

  static inline BrokenLock tried;
};

template <typename Platform>
BrokenLock BrokenLocks<Platform>::Sound() {
  BrokenLock lock;
  lock.fault = "none";
  lock.acquire = Acquire;
  lock.release = Release;
  return lock;
}

template <typename Platform>
BrokenLock BrokenLocks<Platform>::SoundWithSleeper() {
  BrokenLock lock = Sound();
  lock.others = BrokenLock::kSleeper;
  lock.release = [] {
    Free();
    Section::LeaveThrough(Wake);
  };
  return lock;
}

template <typename Platform>
std::vector<BrokenLock> BrokenLocks<Platform>::All() {
  std::vector<BrokenLock> locks;
  const auto add = [&locks](const char* fault, const char* violation,
                            const char* event) -> BrokenLock& {
    locks.push_back(Sound());
    locks.back().fault = fault;
    locks.back().violation = violation;
    locks.back().event = event;
    return locks.back();
  };
  constexpr char kUndisturbed[] = "undisturbed";
  // With one word the store adds the request, with the other it replaces the
  // grant.
  const char* const kRequestInGrant = std::is_same_v<Platform, BitPlatform>
                                          ? "the grant is written"
                                          : "the request is set while granted";
  constexpr char kSecondCall[] = "a grant is answered by a second system call";

  add("takes the lock, then enters the section",
      "a lock is acquired outside a section", kUndisturbed)
      .acquire = [] {
    Take();
    Section::Enter();
  };
  add("requests first, then is in a section",
      "a request is left outside of sections", kUndisturbed)
      .acquire = [] {
    word().Request();
    KeepOrder();
    depth().Enter();
    KeepOrder();
    Take();
  };
  {
    BrokenLock& lock = add("requests in a section that is nested, idle or not",
                           kRequestInGrant, "grant");
    lock.use = [] {
      depth().Enter();
      KeepOrder();
      word().Request();
      KeepOrder();
      depth().Leave();
    };
  }
  add("requests, granted or not", kRequestInGrant, "grant").acquire = [] {
    Acquire();
    word().Request();
  };
  add("requests if not granted, in two steps", kRequestInGrant, "grant")
      .acquire = [] {
    Acquire();
    if (!word().granted()) word().Request();
  };
  {
    BrokenLock& lock = add("spins with its request",
                           "a request is left while it spins", kUndisturbed);
    lock.others = BrokenLock::kHolder;
    lock.acquire = [] {
      Section::Enter();
      while (held()) Platform::Relax();
      Take();
    };
  }
  {
    BrokenLock& lock =
        add("sleeps with its request",
            "a system call is made with the request set", kUndisturbed);
    lock.others = BrokenLock::kHolder;
    lock.acquire = [] {
      Section::Enter();
      while (held()) Sleep();
      Take();
    };
  }
  {
    BrokenLock& lock = add("sleeps with its grant",
                           "a grant is left while it sleeps", "grant");
    lock.others = BrokenLock::kHolder;
    lock.acquire = [] {
      Section::Enter();
      while (held()) {
        word().Withdraw();
        Sleep();
        word().RequestIfIdle();
      }
      Take();
    };
  }
  {
    BrokenLock& lock = add("waits for ever", "it waits for ever", kUndisturbed);
    lock.others = BrokenLock::kKeeper;
    lock.events = 0;
    lock.acquire = [] {
      while (held()) Platform::Relax();
      Acquire();
    };
  }

  add("acknowledges the grant", "the grant is written", "grant").use = [] {
    if (word().granted()) ClearWord();
  };
  add("keeps something in the word", "the reserved part of the word is written",
      kUndisturbed)
      .use = [] { reinterpret_cast<volatile char*>(&word())[3] = 1; };
  add("takes the number of its CPU for its own",
      "a field that is the kernel's alone is written", kUndisturbed)
      .use = [] { area.cpu_id = 1; };

  add("leaves the section, then frees the lock",
      "a lock is released outside a section", kUndisturbed)
      .release = [] {
    Section::Leave();
    Free();
  };
  add("does not free the lock", "a lock is not released", kUndisturbed)
      .release = [] { Section::Leave(); };
  add("does not leave the section", "a section is not left", kUndisturbed)
      .release = Free;
  {
    BrokenLock& lock = add("does not leave the section on another CPU",
                           "a section is not left", "migration");
    lock.use = [] { run.noted = static_cast<int32_t>(area.cpu_id); };
    lock.release = [] {
      Free();
      if (run.noted == static_cast<int32_t>(area.cpu_id)) Section::Leave();
    };
  }
  add("does not withdraw its request", "a request is left outside of sections",
      kUndisturbed)
      .release = [] {
    Free();
    depth().Leave();
  };
  add("leaves the section, then withdraws its request",
      "a request is left outside of sections", kUndisturbed)
      .release = [] {
    Free();
    depth().Leave();
    KeepOrder();
    word().Withdraw();
    KeepOrder();
    if (word().granted()) Yield();
  };
  add("leaves the section, then yields", "a grant is left outside of sections",
      "grant")
      .release = [] {
    ReleaseYielding(Nothing);
    if (word().granted()) Yield();
  };
  add("withdraws by a store to the whole word", "the grant is written", "grant")
      .release = [] {
    Free();
    if (word().requested()) ClearWord();
    if (word().granted()) Yield();
    depth().Leave();
  };
  add("does not yield", "a grant is left outside of sections", "grant")
      .release = [] { ReleaseYielding(Nothing); };
  add("yields, granted or not", "a yield is made without a grant", kUndisturbed)
      .release = [] { ReleaseYielding(Yield); };
  add("yields twice", kSecondCall, "grant").release = [] {
    ReleaseYielding([] {
      if (!word().granted()) return;
      Yield();
      Yield();
    });
  };
  // Where it interrupts one that is about to request; or has withdrawn.
  for (const char* const violation :
       {kRequestInGrant, "a request is left outside of sections"}) {
    BrokenLock& lock =
        add("does not note, in a handler, that it has renewed the request",
            violation, "signal");
    lock.events = 2;
    lock.handler = [] {
      const Section section;
      thread().renewed_at = 0;
    };
  }
  for (const char* const end :
       {"expiry", "revocation", "migration", "system call"}) {
    BrokenLock& lock = add("yields for a grant of long ago",
                           "a yield is made without a grant", end);
    lock.events = 2;
    lock.use = [] {
      if (word().granted()) run.noted = 1;
      TakeTime();
    };
    lock.release = [] {
      ReleaseYielding([] {
        if (run.noted != 0) Yield();
      });
    };
  }

  const auto add_with_sleeper = [&add](const char* fault, const char* violation,
                                       const char* event) -> BrokenLock& {
    BrokenLock& lock = add(fault, violation, event);
    lock.others = BrokenLock::kSleeper;
    return lock;
  };
  add_with_sleeper("does not wake", "a waiter is not woken", kUndisturbed);
  add_with_sleeper("wakes twice", "a wake is not needed", kUndisturbed)
      .release = [] {
    Free();
    Section::LeaveThrough(Wake);
    Wake();
  };
  add_with_sleeper("wakes, then leaves the section",
                   "a system call is made with the request set", kUndisturbed)
      .release = [] {
    Free();
    Wake();
    Section::Leave();
  };
  {
    BrokenLock& lock = add_with_sleeper(
        "does not withdraw a request that was dropped and renewed",
        "the kernel kills the thread for a system call with the request set",
        "expiry");
    lock.use = [] { run.noted = word().RequestIfIdle(); };
    lock.release = [] {
      Free();
      if (run.noted == 0) return Section::LeaveThrough(Wake);
      Wake();
      Section::Leave();
    };
    lock.events = 2;
  }
  if (World::Word::kEndsByYieldOnly) {
    add_with_sleeper(
        "wakes without a yield before it",
        "the kernel kills the thread for a system call within a grant", "grant")
        .release = [] { ReleaseYielding(Wake); };
  } else {
    add_with_sleeper("yields, then wakes", kSecondCall, "grant").release = [] {
      Release();
      Wake();
    };
  }
  add_with_sleeper("wakes, then yields", kSecondCall, "grant").release = [] {
    Free();
    const bool granted = word().granted();
    Section::LeaveThrough(Wake);
    if (granted) Yield();
  };
  return locks;
}

template <typename Platform>
class BrokenLocksTest : public ::testing::Test {};
using Platforms = ::testing::Types<LinuxPlatform, BitPlatform>;
TYPED_TEST_SUITE(BrokenLocksTest, Platforms);

TYPED_TEST(BrokenLocksTest, NoFaultIsFoundWithSoundOnes) {
  using Locks = BrokenLocks<TypeParam>;
  EXPECT_THAT(Locks::Complaints(Locks::Sound()), IsEmpty());
  EXPECT_THAT(Locks::Complaints(Locks::SoundWithSleeper()), IsEmpty());
}

TYPED_TEST(BrokenLocksTest, EachFaultIsFoundByItsName) {
  using Locks = BrokenLocks<TypeParam>;
  for (const BrokenLock& lock : Locks::All()) {
    SCOPED_TRACE("a lock that " + lock.fault);
    const std::vector<std::string> complaints = Locks::Complaints(lock);
    EXPECT_THAT(complaints, Contains(AllOf(HasSubstr(lock.event),
                                           HasSubstr(lock.violation))));
    if (lock.event != "undisturbed") {
      EXPECT_THAT(complaints, Not(Contains(HasSubstr("undisturbed"))));
    }
  }
}

}  // namespace
}  // namespace slicelock
