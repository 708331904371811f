// The ways through the locks that ship, each with what other threads do to the
// lock meanwhile.

#ifndef SLICELOCK_TESTS_LOCK_SCENARIOS_H_
#define SLICELOCK_TESTS_LOCK_SCENARIOS_H_

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rseq_abi/status.h"
#include "tests/interrupted_run.h"
#include "tests/lock_word.h"

namespace slicelock::testing {

// What is stepped, each in a function of its own, so that its instructions can
// be told from the test's.
template <typename Platform>
struct Path : World<Platform> {
  using Path::World::lock;

  [[gnu::noinline]] static void Section() {
    typename Platform::Section section;
  }
  [[gnu::noinline]] static void Lock() {
    lock.lock();
    lock.unlock();
  }
  [[gnu::noinline]] static void Try() {
    if (lock.try_lock()) lock.unlock();
  }
};

// The same code again, in company.
template <typename Platform>
struct Company : Path<Platform> {
  using Section = typename Platform::Section;
  using Company::Path::lock;
  using Company::Path::other_lock;

  [[gnu::noinline]] static void SectionsInSection() {
    Section outer;
    Company::Path::Section();
    Company::Path::Section();
  }
  [[gnu::noinline]] static void SectionsInTwo() {
    Section outermost;
    SectionsInSection();
  }
  [[gnu::noinline]] static void LockInSection() {
    Section section;
    Company::Path::Lock();
  }
  [[gnu::noinline]] static void TryInSection() {
    Section section;
    Company::Path::Try();
  }
  [[gnu::noinline]] static void LockInLock() {
    other_lock.lock();
    Company::Path::Lock();
    other_lock.unlock();
  }
  [[gnu::noinline]] static void SystemCallInLock() {
    lock.lock();
    syscall(SYS_getpid);
    lock.unlock();
  }
  // For signal handlers.
  [[gnu::noinline]] static void OtherLock() {
    other_lock.lock();
    other_lock.unlock();
  }
  [[gnu::noinline]] static void OtherLockInSection() {
    Section section;
    OtherLock();
  }
};

template <typename Platform>
class LockScenarios {
 public:
  static std::vector<Scenario> All() {
    LockScenarios all;
    all.AddSections();
    all.AddFreeLocks();
    all.AddReleases();
    all.AddSpinning();
    all.AddSleeping();
    all.AddWatching();
    return std::move(all.scenarios_);
  }

 private:
  using TheWorld = World<Platform>;
  using TheLock = typename TheWorld::Lock;
  using Word = LockWord<TheLock>;
  using ThePath = Path<Platform>;
  using TheCompany = Company<Platform>;
  using Action = std::function<void()>;

  struct NamedPath {
    const char* name;
    void (*path)();
  };

  // The looks after which a waiter of a crowded lock sleeps; and a watchman.
  static constexpr int kFewLooks = Word::kFewLooks;
  static constexpr int kWatchLooks = Word::kWatchLooks;

  static TheLock& lock() { return TheWorld::lock; }
  static RunState& run() { return TheWorld::run; }

  Scenario& Add(const std::string& name, void (*path)()) {
    scenarios_.emplace_back();
    scenarios_.back().name = name;
    scenarios_.back().path = path;
    return scenarios_.back();
  }

  // What others do, as the lock is wanted or while one waits for it.

  template <typename Owner, typename Watch>
  static Action Leave(Owner owner, Watch watch, int sleepers = 0) {
    return [=] { Word::Set(lock(), owner, watch, sleepers); };
  }

  template <typename Watch>
  static Action LeaveHeld(Watch watch, int sleepers = 0) {
    return Leave(Word::kHeld, watch, sleepers);
  }

  static Action Free() {
    return [] { Word::SetOwner(lock(), Word::kFree); };
  }

  static Action LetSleepEnd(
      int result, Action then = [] {}) {
    return [=] {
      run().sleep_result = result;
      then();
    };
  }

  static Action LetTurnPass(Action then = [] {}) {
    return [=] {
      run().now += Word::kTurn;
      then();
    };
  }

  // Each at the wait of that number.
  static std::function<void(int)> AtWaits(std::map<int, Action> actions) {
    return [actions = std::move(actions)](int wait) {
      const auto action = actions.find(wait);
      if (action != actions.end()) action->second();
    };
  }

  static std::function<void(int)> FreeFrom(int nth) {
    return [nth](int wait) {
      if (wait >= nth) Word::SetOwner(lock(), Word::kFree);
    };
  }

  // As soon as the lock is held, once.
  template <typename Watch>
  static Action WhenHeld(Watch watch, int sleepers = 0) {
    return [=] {
      if (lock().held() && run().noted++ == 0) {
        Word::SetWaiters(lock(), watch, sleepers);
      }
    };
  }

  // Once, another thread is faster: the lock is free when looked at, but not
  // when tried for.
  static void LoseRace() {
    if (run().noted == 0 && !lock().held() &&
        TheWorld::thread().control->requested()) {
      run().noted = 1;
      Word::SetOwner(lock(), Word::kHeld);
    }
  }

  // After each wait come some sleepers, one at each instruction.
  static void LetSleepersCome(int first_wait, int count) {
    if (run().waits < first_wait) return;
    if (run().noted < run().waits * kNotes) run().noted = run().waits * kNotes;
    if (run().noted - run().waits * kNotes >= count) return;
    ++run().noted;
    Word::SetWaiters(lock(), Word::watch(lock()), Word::sleepers(lock()) + 1);
  }
  static constexpr int kNotes = 1000;

  void AddSections() {
    {
      Scenario& s = Add("a section", ThePath::Section);
      s.signals = 2;
      s.order = Scenario::kAmongEvents;
    }
    {
      Scenario& s = Add("sections in a section", TheCompany::SectionsInSection);
      s.order = Scenario::kAmongEvents;
    }
    {
      Scenario& s = Add("sections in two, the outermost of which is preempted",
                        TheCompany::SectionsInTwo);
      s.on_instruction = [] {
        if (!TheWorld::area.slice_ctrl.requested() || run().noted != 0) return;
        run().noted = 1;
        TheWorld::side.Switch();
      };
      s.order = Scenario::kAfterEvents;
    }
    for (const auto& [name, handler] :
         {NamedPath{"a section, and handlers that wait", TheCompany::OtherLock},
          NamedPath{"a section, and handlers that wait in another",
                    TheCompany::OtherLockInSection}}) {
      Scenario& s = Add(name, ThePath::Section);
      s.prepare = [] { Word::SetOwner(TheWorld::other_lock, Word::kHeld); };
      s.handler = handler;
      s.on_wait = [](int) {
        Word::SetOwner(TheWorld::other_lock, Word::kFree);
      };
      s.others_hold = TheWorld::kOtherLock;
      s.order = Scenario::kAfterEvents;
    }
    for (const auto& [name, handler] :
         {NamedPath{"a section, and handlers that wake", TheCompany::OtherLock},
          NamedPath{"a section, and handlers that wake in another",
                    TheCompany::OtherLockInSection}}) {
      Scenario& s = Add(name, ThePath::Section);
      s.handler = handler;
      s.on_instruction = [] {
        if (TheWorld::other_lock.held() && run().noted++ == 0) {
          Word::SetWaiters(TheWorld::other_lock, Word::kNapping);
        }
      };
      s.wakes = Scenario::kAnyWakes;
      s.order = Scenario::kAfterEvents;
    }
    for (const auto& [name, path] :
         {NamedPath{"the section that finds the count full", ThePath::Section},
          NamedPath{"the lock that finds the count full", ThePath::Lock},
          NamedPath{"the try that finds the count full", ThePath::Try}}) {
      Scenario& s = Add(name, path);
      s.prepare = [] {
        auto& sections = TheWorld::thread().sections;
        while (!sections.full()) sections.CountRequest();
      };
    }
    {
      Scenario& s = Add("a section without the extension", ThePath::Section);
      s.prepare = [] {
        TheWorld::thread().control = &TheWorld::thread().unheeded;
        TheWorld::thread().heeded = nullptr;
      };
      s.signals = 2;
      s.order = Scenario::kAfterEvents;
    }
    for (const auto& [name, path] :
         {NamedPath{"the first section of a thread", ThePath::Section},
          NamedPath{"the first try of a thread", ThePath::Try}}) {
      Scenario& s = Add(name, path);
      s.prepare = [] { new (&TheWorld::thread()) typename TheWorld::Thread(); };
      // As if the extension were on, where it is not.
      s.on_instruction = [] {
        if (TheWorld::thread().status != StatusCode::kOffUnprepared) {
          TheWorld::Heed();
        }
      };
      s.events = 1;
    }
  }

  void AddFreeLocks() {
    Add("a free lock", ThePath::Lock).order = Scenario::kAmongEvents;
    Add("a free lock in a section", TheCompany::LockInSection).order =
        Scenario::kAfterEvents;
    Add("a free lock in another", TheCompany::LockInLock).order =
        Scenario::kAfterEvents;
    Add("a free lock, with somebody's system call inside",
        TheCompany::SystemCallInLock);
    Add("a try at a free lock", ThePath::Try).order = Scenario::kAfterEvents;
    Add("a try at a free lock, in a section", TheCompany::TryInSection).order =
        Scenario::kAfterEvents;
    for (const auto& [name, path] :
         {NamedPath{"a try at a held lock", ThePath::Try},
          NamedPath{"a try at a held lock, in a section",
                    TheCompany::TryInSection}}) {
      Scenario& s = Add(name, path);
      s.prepare = LeaveHeld(Word::kNobody);
      s.others_hold = TheWorld::kLock;
      s.order = Scenario::kAfterEvents;
    }
    Add("a try at a reserved lock", ThePath::Try).prepare =
        Leave(Word::kReserved, Word::kClaiming);
  }

  void AddReleases() {
    for (const auto& [name, path] :
         {NamedPath{"a release that wakes the watchman", ThePath::Lock},
          NamedPath{"a release that wakes the watchman, after a try",
                    ThePath::Try},
          NamedPath{"a release that wakes the watchman, in a section",
                    TheCompany::LockInSection},
          NamedPath{"a release that wakes the watchman, in another lock",
                    TheCompany::LockInLock}}) {
      Scenario& s = Add(name, path);
      s.on_instruction = WhenHeld(Word::kNapping);
      s.wakes = 1;
      s.order = Scenario::kAfterEvents;
    }
    for (const auto& [name, watch, wakes] :
         {std::tuple("a release that appoints a sleeper", Word::kVacant, 1),
          std::tuple("a release that reserves the lock", Word::kClaiming, 0),
          std::tuple("a release that reserves the lock and wakes",
                     Word::kAwaiting, 1),
          std::tuple("a release to a watchman", Word::kWatching, 0),
          std::tuple("a release to one appointed", Word::kAppointed, 0)}) {
      Scenario& s = Add(name, ThePath::Lock);
      s.on_instruction = WhenHeld(watch, 1);
      s.wakes = wakes;
      s.events = wakes > 0 ? 1 : 2;
      s.order = Scenario::kAfterEvents;
    }
    {
      Scenario& s = Add("a release while sleepers come", ThePath::Lock);
      s.on_instruction = [] {
        constexpr int kMost = 40;
        if (!lock().held() || run().noted == kMost) return;
        Word::SetWaiters(lock(), Word::kNapping, ++run().noted);
      };
      s.events = 1;
      s.wakes = 1;
    }
  }

  void AddSpinning() {
    for (const auto& [name, path] :
         {NamedPath{"a held lock, soon free", ThePath::Lock},
          NamedPath{"a held lock, soon free, in a section",
                    TheCompany::LockInSection}}) {
      Scenario& s = Add(name, path);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait = FreeFrom(1);
      s.order = Scenario::kAfterEvents;
    }
    {
      Scenario& s =
          Add("a held lock, soon free, but for another", ThePath::Lock);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait = AtWaits({{1, Free()}, {3, Free()}});
      s.on_instruction = LoseRace;
    }
    {
      Scenario& s = Add("a held lock, free after all looks", ThePath::Lock);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait = FreeFrom(1 + Word::kLooks);
      s.events = 1;
      s.signals = 0;
    }
  }

  // Waits of these: the few looks, then the first sleep, and so on.
  void AddSleeping() {
    constexpr int kSleep = kFewLooks + 1;
    const auto add = [this](const char* name,
                            std::map<int, Action> at_waits) -> Scenario& {
      Scenario& s = Add(name, ThePath::Lock);
      s.prepare = LeaveHeld(Word::kWatching);
      s.on_wait = AtWaits(std::move(at_waits));
      s.events = 1;
      return s;
    };
    add("a sleeper that is appointed",
        {{kSleep, Leave(Word::kFree, Word::kAppointed, 1)}})
        .events = 2;
    add("a sleeper that is appointed, in another lock",
        {{kSleep, Leave(Word::kFree, Word::kAppointed, 1)}})
        .path = TheCompany::LockInLock;
    add("a sleeper that a signal wakes",
        {{kSleep, LetSleepEnd(-EINTR)},
         {kSleep + 1,
          LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}});
    add("a sleeper beside one that is appointed",
        {{kSleep, LetSleepEnd(-EAGAIN)},
         {kSleep + 1, LeaveHeld(Word::kWatching, 1)},
         {kSleep + 2, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}})
        .prepare = LeaveHeld(Word::kAppointed, 1);
    add("a sleeper that nobody remembers",
        {{kSleep, LetSleepEnd(-ETIMEDOUT,
                              Leave(Word::kReserved, Word::kWatching, 1))}});
    add("a sleeper of a lock that is held for long",
        {{kSleep, LetSleepEnd(-ETIMEDOUT)},
         {kSleep + 1,
          LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}});
    add("a sleeper of a lock that is reserved",
        {{kSleep, LetSleepEnd(-ETIMEDOUT)}})
        .prepare = Leave(Word::kReserved, Word::kClaiming);
    add("the last sleeper, after the watchman",
        {{kSleep, LetSleepEnd(-EAGAIN, Leave(Word::kFree, Word::kVacant, 1))}});
    add("one sleeper too many", {{kSleep, LetSleepEnd(-ETIMEDOUT, Free())}})
        .prepare = LeaveHeld(Word::kWatching, Word::kMostSleepers);
    add("a lock that comes free just before one sleeps",
        {{kFewLooks, Free()},
         {kSleep, Leave(Word::kFree, Word::kAppointed, 1)}})
        .on_instruction = LoseRace;
    {
      Scenario& s = add("a sleeper among others that come",
                        {{kSleep, [] {
                            Word::Set(lock(), Word::kFree, Word::kAppointed,
                                      Word::sleepers(lock()));
                          }}});
      s.on_instruction = [] { LetSleepersCome(kFewLooks, 60); };
      s.wakes = 1;
    }
  }

  // Waits of these: the few looks, those of the watchman, its nap, and so on.
  void AddWatching() {
    constexpr int kNap = kFewLooks + kWatchLooks + 1;
    constexpr int kDoze = kNap + kWatchLooks + 1;
    // The watchman of before is gone by the last of the few looks.
    const auto add = [this](const char* name,
                            std::map<int, Action> at_waits) -> Scenario& {
      Scenario& s = Add(name, ThePath::Lock);
      s.prepare = LeaveHeld(Word::kWatching);
      at_waits[kFewLooks] = LeaveHeld(Word::kNobody);
      s.on_wait = AtWaits(std::move(at_waits));
      s.events = 1;
      return s;
    };
    add("a watchman that sees the lock free", {{kFewLooks + 1, Free()}});
    add("a watchman that sees the lock free, but for another",
        {{kFewLooks + 1, Free()}, {kFewLooks + 3, Free()}})
        .on_instruction = LoseRace;
    add("a watchman that is woken", {{kNap, Free()}});
    add("a watchman that is woken in vain",
        {{kDoze, LetSleepEnd(-ETIMEDOUT, Free())}});
    add("a watchman with sleepers",
        {{kNap, Leave(Word::kFree, Word::kWatching, 1)}})
        .wakes = 1;
    add("a watchman that claims",
        {{kNap, LetTurnPass()},
         {kDoze, Leave(Word::kReserved, Word::kClaiming)}});
    add("a watchman that claims, but for another",
        {{kNap, LetTurnPass()},
         {kDoze, Free()},
         {kDoze + 2, Leave(Word::kReserved, Word::kClaiming)}})
        .on_instruction = LoseRace;
    add("a watchman that has seen the lock free often", {}).on_wait =
        [](int wait) {
          if (wait == kFewLooks) Word::SetWaiters(lock(), Word::kNobody);
          if (wait < kNap) return;
          const bool claimed = Word::watch(lock()) == Word::kClaiming;
          const bool free = wait % 2 != 0;
          Word::SetOwner(lock(), claimed ? Word::kReserved
                                 : free  ? Word::kFree
                                         : Word::kHeld);
        };
    add("a watchman that is not alone",
        {{kNap, LeaveHeld(Word::kVacant, 1)},
         {kDoze, Leave(Word::kFree, Word::kAppointed, 2)}})
        .wakes = 1;
    add("a claim that is not alone",
        {{kNap, LetTurnPass(LeaveHeld(Word::kVacant, 1))},
         {kDoze, Leave(Word::kFree, Word::kAppointed, 2)}})
        .wakes = 1;
    {
      Scenario& s =
          add("a watchman while sleepers come",
              {{kNap,
                LetTurnPass([] { Word::SetOwner(lock(), Word::kReserved); })}});
      s.on_instruction = [] { LetSleepersCome(kNap - 1, 60); };
      s.wakes = 1;
    }
    {
      constexpr int kAwait = kDoze + Word::kLooks;
      Scenario& s = add("a claim to a lock that is held for long",
                        {{kNap, LetTurnPass()},
                         {kAwait, Leave(Word::kReserved, Word::kClaiming)}});
      s.signals = 0;
    }
  }

  std::vector<Scenario> scenarios_;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_LOCK_SCENARIOS_H_
