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

#include "locks/condition.h"
#include "locks/core/lock_waiters.h"
#include "rseq_abi/status.h"
#include "tests/interrupted_run.h"
#include "tests/lock_word.h"

namespace slicelock::testing {

// What is stepped, each in a function of its own, so that its instructions can
// be told from the test's.
template <typename Platform>
struct Path : World<Platform> {
  using Path::World::lock;
  using Path::World::mutex;

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
  [[gnu::noinline]] static void TryInTime() {
    if (lock.lock_until(kDeadline)) lock.unlock();
  }
  [[gnu::noinline]] static void LockMutex() {
    mutex.lock();
    mutex.unlock();
  }
  [[gnu::noinline]] static void TryMutex() {
    if (mutex.try_lock()) mutex.unlock();
  }
  [[gnu::noinline]] static void ShareMutex() {
    mutex.lock_shared();
    mutex.unlock_shared();
  }
  [[gnu::noinline]] static void TryShareMutex() {
    if (mutex.try_lock_shared()) mutex.unlock_shared();
  }

  // Before a watchman claims.
  static constexpr int64_t kDeadline = 1'000'000;  // ns
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
  template <void (*path)()>
  [[gnu::noinline]] static void InSection() {
    Section section;
    path();
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
};

template <typename Platform>
class LockScenarios {
 public:
  static std::vector<Scenario> All() {
    LockScenarios all;
    all.AddSections();
    all.AddFreeLocks();
    all.AddTriesInTime();
    all.AddMutexes();
    all.AddReleasesOfMutexes();
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

  // The looks after which a waiter sleeps, if no others do; and a watchman.
  static constexpr int kLooks = Word::kLooks;
  static constexpr int kWatchLooks = Word::kWatchLooks;

  using SharedWord = typename TheWorld::SharedWord;
  using Gate = LockWord<typename SharedWord::Gate>;

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

  template <typename Watch>
  static Action LeaveHeldWithSlack(Watch watch, int sleepers = 0) {
    return [=] {
      Word::Set(lock(), Word::kHeld, watch, sleepers);
      Word::SetSlack(lock(), 1);
    };
  }

  static Action Free() {
    return [] { Word::SetOwner(lock(), Word::kFree); };
  }

  static Action LetSleepEnd(
      int result, const Action& then = [] {}) {
    return [=] {
      run().sleep_result = result;
      then();
    };
  }

  static Action LetTurnPass(const Action& then = [] {}) {
    return [=] {
      run().now += Word::kShortTurn;
      run().sleep_result = -EINTR;  // Nobody has woken it.
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

  // Whether OneIn(n) holds for the next section: they come round.
  static void LetNextSectionBePicked(uint32_t n, bool wanted) {
    using Section = typename Platform::Section;
    constexpr int kRound = 1 << 16;
    bool picked = !wanted;
    while (picked != wanted) {
      const Section section;
      picked = Section::OneIn(n);
    }
    for (int i = 1; i < kRound; ++i) const Section section;
  }

  // A word that another CPU changes, with no time between.
  struct FastLine {
    static void Relax(int /*times*/) { word = word.load() + 1; }
    static int64_t Now() { return ++now; }
    static inline std::atomic<uint8_t> word{0};
    static inline int64_t now = 0;
  };
  static void SeeFastLine() {
    LinuxPlatform::line_speed.Time<FastLine>(FastLine::word);
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
    for (const auto& [name, times] :
         {std::pair("sections in two, the outermost of which is preempted", 1),
          std::pair("sections in two, both of which are preempted", 2)}) {
      Scenario& s = Add(name, TheCompany::SectionsInTwo);
      s.on_instruction = [most = times] {
        if (!TheWorld::area.slice_ctrl.requested()) return;
        if (run().noted == most) return;
        ++run().noted;
        TheWorld::side.Switch();
      };
      s.order = Scenario::kAfterEvents;
    }
    for (const auto& [name, handler] :
         {NamedPath{"a section, and handlers that wait", TheCompany::OtherLock},
          NamedPath{"a section, and handlers that wait in another",
                    TheCompany::template InSection<TheCompany::OtherLock>}}) {
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
                    TheCompany::template InSection<TheCompany::OtherLock>}}) {
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
    Add("a free lock in a section",
        TheCompany::template InSection<ThePath::Lock>)
        .order = Scenario::kAfterEvents;
    Add("a free lock in another", TheCompany::LockInLock).order =
        Scenario::kAfterEvents;
    Add("a free lock, with somebody's system call inside",
        TheCompany::SystemCallInLock);
    Add("a try at a free lock", ThePath::Try).order = Scenario::kAfterEvents;
    Add("a try at a free lock, in a section",
        TheCompany::template InSection<ThePath::Try>)
        .order = Scenario::kAfterEvents;
    for (const auto& [name, path] :
         {NamedPath{"a try at a held lock", ThePath::Try},
          NamedPath{"a try at a held lock, in a section",
                    TheCompany::template InSection<ThePath::Try>}}) {
      Scenario& s = Add(name, path);
      s.prepare = LeaveHeld(Word::kNobody);
      s.others_hold = TheWorld::kLock;
      s.order = Scenario::kAfterEvents;
    }
    Add("a try at a reserved lock", ThePath::Try).prepare =
        Leave(Word::kReserved, Word::kClaiming);
    for (const auto& [name, path] :
         {NamedPath{"a try at a lock reserved for nobody", ThePath::Try},
          NamedPath{"a lock reserved for nobody", ThePath::Lock}}) {
      Add(name, path).prepare = Leave(Word::kReserved, Word::kNobody);
    }
    {
      Scenario& s = Add("a try at a lock reserved for nobody, but for another",
                        ThePath::Try);
      s.prepare = Leave(Word::kReserved, Word::kNobody);
      s.on_instruction = LoseRace;
      s.others_hold = TheWorld::kLock;
    }
  }

  void AddTriesInTime() {
    constexpr int kNap = kLooks + kWatchLooks + 1;
    const auto add = [this](const char* name, std::map<int, Action> at_waits,
                            Action prepare) -> Scenario& {
      Scenario& s = Add(name, ThePath::TryInTime);
      s.prepare = std::move(prepare);
      s.on_wait = AtWaits(std::move(at_waits));
      s.events = 1;
      s.others_hold = TheWorld::kLock;
      return s;
    };
    const auto time_passes = LetSleepEnd(-ETIMEDOUT);
    add("a try in time at a held lock, soon free", {{1, Free()}},
        LeaveHeld(Word::kNobody))
        .events = 2;
    for (const auto& [name, path] :
         {NamedPath{"a try in time at a free lock", ThePath::TryInTime},
          NamedPath{"a try in time at a free lock, in a section",
                    TheCompany::template InSection<ThePath::TryInTime>}}) {
      Add(name, path);
      Scenario& s = Add(std::string(name) + ", whose release wakes", path);
      s.on_instruction = WhenHeld(Word::kNapping);
      s.wakes = 1;
    }
    add("a try in time at a held lock, as a sleeper", {{1, time_passes}},
        LeaveHeld(Word::kWatching, 1));
    add("a try in time, one sleeper too many",
        {{1, LetSleepEnd(-ETIMEDOUT, Free())}},
        LeaveHeld(Word::kWatching, Word::kMostSleepers));
    add("a try in time at a lock that was reserved",
        {{1, LetSleepEnd(-ETIMEDOUT, LeaveHeld(Word::kWatching, 2))},
         {2, time_passes}},
        Leave(Word::kReserved, Word::kClaiming, 1));
    add("a try in time at a held lock, while another is called",
        {{1, time_passes}}, LeaveHeld(Word::kRelieved, 1))
        .wakes = Scenario::kAnyWakes;
    add("a try in time at a held lock, while another is appointed",
        {{1, time_passes}}, LeaveHeld(Word::kAppointed, 1))
        .wakes = Scenario::kAnyWakes;
    add("a try in time at a held lock, as a watchman", {{kNap, time_passes}},
        LeaveHeld(Word::kNobody));
    add("a try in time at a held lock, as a watchman of sleepers",
        {{kNap, LetSleepEnd(-ETIMEDOUT, LeaveHeld(Word::kNapping, 1))}},
        LeaveHeld(Word::kNobody))
        .wakes = 1;
    add("a try in time at a held lock, as a watchman that is not alone",
        {{kNap, LetSleepEnd(-ETIMEDOUT, LeaveHeld(Word::kVacant, 1))}},
        LeaveHeld(Word::kNobody));
  }

  // What others do to the mutex.

  static Action HoldMutex(bool held) {
    return [held] {
      Gate::SetOwner(TheWorld::gate(), held ? Gate::kHeld : Gate::kFree);
    };
  }
  static Action ShareMutex(int readers) {
    return
        [readers] { SharedWord::SetReaders(TheWorld::shared_lock(), readers); };
  }
  // It has no log, so nobody gets to know of it.
  static void ObserveMutex() { TheWorld::shared_lock().SetObserved(); }

  // Once, as soon as the thread holds the mutex, or a share of it.
  static Action WhenMutexIs(int held, const Action& then) {
    return [=] {
      if ((TheWorld::held_locks() & held) != 0 && run().noted++ == 0) then();
    };
  }

  void AddMutexes() {
    struct Way {
      const char* name;
      void (*path)();
      void (*nested)();
      int held;
    };
    const Way ways[] = {
        {"a mutex", ThePath::LockMutex,
         TheCompany::template InSection<ThePath::LockMutex>, TheWorld::kMutex},
        {"a try at a mutex", ThePath::TryMutex,
         TheCompany::template InSection<ThePath::TryMutex>, TheWorld::kMutex},
        {"a share of a mutex", ThePath::ShareMutex,
         TheCompany::template InSection<ThePath::ShareMutex>, TheWorld::kShare},
        {"a try at a share", ThePath::TryShareMutex,
         TheCompany::template InSection<ThePath::TryShareMutex>,
         TheWorld::kShare},
    };
    for (const Way& way : ways) {
      const std::string name = way.name;
      AddMutex(name, way.path, way.held);
      AddMutex(name + ", in a section", way.nested, way.held);
      Add(name + ", free and observed", way.path).prepare = ObserveMutex;
      Scenario& s = Add(name + ", held and observed", way.path);
      s.prepare = [] {
        ObserveMutex();
        HoldMutex(true)();
      };
      s.on_wait = [](int) { HoldMutex(false)(); };
      s.others_hold = TheWorld::kMutex;
    }
  }

  // The path acquires the mutex, or a share of it.
  void AddMutex(const std::string& name, void (*path)(), int held) {
    const bool shares = held == TheWorld::kShare;
    Add(name + ", free", path).order = Scenario::kAfterEvents;
    {
      Scenario& s = Add(name + ", held", path);
      s.prepare = HoldMutex(true);
      s.on_wait = [](int) { HoldMutex(false)(); };
      s.others_hold = TheWorld::kMutex;
    }
    if (!shares) {
      Scenario& s = Add(name + ", shared", path);
      s.prepare = ShareMutex(1);
      s.on_wait = [](int) { ShareMutex(0)(); };
      s.others_hold = TheWorld::kShare;
    }
    {
      Scenario& s = Add(name + ", but for another", path);
      s.on_instruction =
          WhenMutexIs(held, shares ? HoldMutex(true) : ShareMutex(1));
      s.on_wait = [shares](int) {
        (shares ? HoldMutex(false) : ShareMutex(0))();
      };
      s.others_hold = TheWorld::kMutex | TheWorld::kShare;
    }
  }

  void AddReleasesOfMutexes() {
    const auto add = [this](const std::string& name, int wakes,
                            Action prepare) -> Scenario& {
      Scenario& s = Add("a release of a mutex " + name, ThePath::LockMutex);
      s.prepare = std::move(prepare);
      s.wakes = wakes;
      return s;
    };
    const auto wait_for = [](const Condition* condition) -> Action {
      return [condition] {
        using TheWaiter = typename TheWorld::TheWaiter;
        TheWaiter& waiter = TheWorld::waiter;
        new (&waiter)
            TheWaiter(condition, Hold::kExclusive, TheWaiter::kWaiting);
        LockWaiters<Platform>(&TheWorld::gate()).Add(&waiter);
        waiter.verdict = TheWaiter::Verdict::kNone;  // After its own release.
      };
    };
    static const bool never = false;
    static const Condition kNever(&never);
    add("to whose condition holds", 1, wait_for(&Condition::kTrue)).events = 1;
    add("to whose condition holds, in a section", 1,
        wait_for(&Condition::kTrue))
        .path = TheCompany::template InSection<ThePath::LockMutex>;
    scenarios_.back().events = 1;
    add("to whose condition does not hold", 0, wait_for(&kNever)).events = 1;
    add("to nobody any more", 0, [] { TheWorld::gate().SetAttention(); });
    add("that wakes the watchman", 1, [] {}).on_instruction =
        WhenMutexIs(TheWorld::kMutex,
                    [] { Gate::SetWaiters(TheWorld::gate(), Gate::kNapping); });
    for (const auto& [name, path] :
         {NamedPath{"a share that goes last", ThePath::ShareMutex},
          NamedPath{"a try at a share that goes last",
                    ThePath::TryShareMutex}}) {
      Scenario& s = Add(name, path);
      // Who drains has the gate, too, but that is no matter any more.
      s.on_instruction = WhenMutexIs(TheWorld::kShare, [] {
        SharedWord::SetReaders(TheWorld::shared_lock(), 1,
                               SharedWord::kDraining | SharedWord::kSleeping);
      });
      s.wakes = 1;
    }
  }

  void AddReleases() {
    for (const auto& [name, path] :
         {NamedPath{"a release that wakes the watchman", ThePath::Lock},
          NamedPath{"a release that wakes the watchman, after a try",
                    ThePath::Try},
          NamedPath{"a release that wakes the watchman, in a section",
                    TheCompany::template InSection<ThePath::Lock>},
          NamedPath{"a release that wakes the watchman, in another lock",
                    TheCompany::LockInLock}}) {
      Scenario& s = Add(name, path);
      s.on_instruction = WhenHeld(Word::kNapping);
      s.wakes = 1;
    }
    for (const auto& [name, watch, wakes] :
         {std::tuple("a release that appoints a sleeper", Word::kVacant, 1),
          std::tuple("a release that reserves the lock", Word::kClaiming, 1),
          std::tuple("a release that reserves it again", Word::kRelieved, 0),
          std::tuple("a release that reserves the lock and wakes",
                     Word::kAwaiting, 1),
          std::tuple("a release to a watchman", Word::kWatching, 0),
          std::tuple("a release to one appointed", Word::kAppointed, 0)}) {
      Scenario& s = Add(name, ThePath::Lock);
      s.on_instruction = WhenHeld(watch, 1);
      s.wakes = wakes;
      s.events = 1;
    }
    for (const bool picked : {false, true}) {
      Scenario& s = Add(picked ? "a release that is counted"
                               : "a release of which others are counted",
                        ThePath::Lock);
      s.prepare = [picked] {
        LetNextSectionBePicked(Word::kReleasesPerPulse, picked);
      };
      s.on_instruction = WhenHeld(Word::kCounting, 1);
      s.events = 1;
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
                    TheCompany::template InSection<ThePath::Lock>}}) {
      Scenario& s = Add(name, path);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait = FreeFrom(1);
      s.order = Scenario::kAfterEvents;
    }
    {
      Scenario& s = Add("a held lock, soon reserved for nobody", ThePath::Lock);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait =
          AtWaits({{1, [] { Word::SetOwner(lock(), Word::kReserved); }}});
    }
    {
      Scenario& s =
          Add("a held lock, soon free, but for another", ThePath::Lock);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait = AtWaits({{1, Free()}, {3, Free()}});
      s.on_instruction = LoseRace;
    }
    for (const bool race : {false, true}) {
      Scenario& s =
          Add(race ? "a held lock where lines are fast, free for another"
                   : "a held lock where lines are fast, soon free",
              ThePath::Lock);
      s.prepare = [] {
        SeeFastLine();
        Word::Set(lock(), Word::kHeld);
      };
      s.on_wait = AtWaits({{2, Free()}, {4, Free()}});
      if (race) s.on_instruction = LoseRace;
    }
    {
      Scenario& s = Add("a held lock where lines are fast, free after a while",
                        ThePath::Lock);
      s.prepare = [] {
        SeeFastLine();
        Word::Set(lock(), Word::kHeld);
      };
      s.on_wait = FreeFrom(2 + Word::kQuickLooks);
      s.events = 1;
    }
    for (const bool fast : {false, true}) {
      Scenario& s = Add(fast ? "a wait that is timed, where lines are fast"
                             : "a wait that is timed",
                        ThePath::Lock);
      s.prepare = [fast] {
        if (fast) SeeFastLine();
        Word::Set(lock(), Word::kHeld);
        LetNextSectionBePicked(Word::kSpinsPerTiming, true);
      };
      s.on_wait = AtWaits({{2, Free()}});
      s.events = 1;
    }
    {
      Scenario& s = Add("a held lock, free after all looks", ThePath::Lock);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait = FreeFrom(1 + Word::kLooks);
      s.events = 1;
      s.signals = 0;
    }
    {
      Scenario& s =
          Add("a held lock with slack, where others wait", ThePath::Lock);
      s.prepare = LeaveHeldWithSlack(Word::kWatching, 1);
      s.on_wait = AtWaits({{2, Free()}});
    }
  }

  // Each wait of these is a sleep.
  void AddSleeping() {
    const auto add = [this](const char* name,
                            std::map<int, Action> at_waits) -> Scenario& {
      Scenario& s = Add(name, ThePath::Lock);
      s.prepare = LeaveHeld(Word::kWatching);
      s.on_wait = AtWaits(std::move(at_waits));
      s.events = 1;
      return s;
    };
    add("a sleeper that is appointed",
        {{1, Leave(Word::kFree, Word::kAppointed, 1)}})
        .events = 2;
    add("a sleeper that is appointed, in another lock",
        {{1, Leave(Word::kFree, Word::kAppointed, 1)}})
        .path = TheCompany::LockInLock;
    add("a sleeper that a signal wakes",
        {{1, LetSleepEnd(-EINTR)},
         {2, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}});
    add("a sleeper beside one that is appointed",
        {{1, LetSleepEnd(-EAGAIN)},  // Without a look.
         {2, LeaveHeld(Word::kWatching, 1)},
         {3, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}})
        .prepare = LeaveHeld(Word::kAppointed, 1);
    add("a sleeper that nobody remembers",
        {{1, LetSleepEnd(-ETIMEDOUT,
                         Leave(Word::kReserved, Word::kWatching, 1))}});
    add("a sleeper of a lock that is held for long",
        {{1, LetSleepEnd(-ETIMEDOUT)},
         {2, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}});
    add("a sleeper of a lock that is reserved", {{1, LetSleepEnd(-ETIMEDOUT)}})
        .prepare = Leave(Word::kReserved, Word::kClaiming);
    add("a sleeper that is called early",
        {{1, LetSleepEnd(0, LeaveHeld(Word::kRelieved, 1))},
         {2, LetSleepEnd(-EAGAIN, Leave(Word::kFree, Word::kAppointed, 1))}});
    add("a sleeper that is called and does not come",
        {{1, LetSleepEnd(-ETIMEDOUT, LeaveHeld(Word::kRelieved, 2))},
         {2, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 2))}})
        .wakes = 1;
    add("a sleeper of a lock that was reserved",
        {{1, LetSleepEnd(-ETIMEDOUT, LeaveHeld(Word::kWatching, 1))},
         {2, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}})
        .prepare = Leave(Word::kReserved, Word::kClaiming);
    add("the last sleeper, after the watchman",
        {{1, LetSleepEnd(-EAGAIN, Leave(Word::kFree, Word::kVacant, 1))}});
    add("one sleeper too many", {{1, LetSleepEnd(-ETIMEDOUT, Free())}})
        .prepare = LeaveHeld(Word::kWatching, Word::kMostSleepers);
    add("a lock that comes free as a sleep ends, but for another",
        {{1, LetSleepEnd(-EINTR, Free())},
         {2, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 1))}})
        .on_instruction = LoseRace;
    {
      Scenario& s = add("a sleeper among others that come",
                        {{1, [] {
                            Word::Set(lock(), Word::kFree, Word::kAppointed,
                                      Word::sleepers(lock()));
                          }}});
      s.on_instruction = [] { LetSleepersCome(0, 60); };
      s.wakes = 1;
    }
  }

  // Waits of these: looks, those of the watchman, its nap, and so on.
  void AddWatching() {
    constexpr int kNap = kLooks + kWatchLooks + 1;
    constexpr int kDoze = kNap + kWatchLooks + 1;
    const auto add = [this](const char* name,
                            std::map<int, Action> at_waits) -> Scenario& {
      Scenario& s = Add(name, ThePath::Lock);
      s.prepare = LeaveHeld(Word::kNobody);
      s.on_wait = AtWaits(std::move(at_waits));
      s.events = 1;
      return s;
    };
    add("a watchman that sees the lock free", {{kLooks + 1, Free()}});
    add("a watchman that sees the lock free, but for another",
        {{kLooks + 1, Free()}, {kLooks + 3, Free()}})
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
    add("a watchman that claims a lock with slack",
        {{kNap, LetTurnPass()},
         {kDoze, Leave(Word::kReserved, Word::kClaiming)}})
        .prepare = LeaveHeldWithSlack(Word::kNobody);
    add("a watchman that sees the lock in use, and then left alone",
        {{kNap + 2, Free()}});
    add("a watchman that claims, but for another",
        {{kNap, LetTurnPass()},
         {kDoze, Free()},
         {kDoze + 2, Leave(Word::kReserved, Word::kClaiming)}})
        .on_instruction = LoseRace;
    add("a watchman of a lock that is released often",
        {{kNap, [] { Word::CountReleases(lock(), Word::kReleasesPerTurn); }},
         {kDoze, Leave(Word::kReserved, Word::kClaiming)}});
    add("a watchman that knows when the turn ends",
        {{kDoze,
          [] {
            run().now += Word::kDoze;
            Word::CountReleases(lock(), Word::kReleasesPerTurn / 4);
          }},
         {kDoze + kWatchLooks + 1, LetSleepEnd(-ETIMEDOUT, Free())}});
    for (const bool picked : {false, true}) {
      add(picked ? "a watchman that counts anew"
                 : "a watchman that knows how long the last turn was",
          {{kDoze, LetSleepEnd(-ETIMEDOUT, Free())}})
          .prepare = [picked] {
        Word::Set(lock(), Word::kHeld);
        Word::SetTurn(lock(), Word::kShortTurn);
        LetNextSectionBePicked(Word::kTurnsPerCount, picked);
      };
    }
    add("a watchman that is relieved",
        {{kNap, LetTurnPass()},
         {kDoze, Leave(Word::kReserved, Word::kRelieved, 1)}});
    add("a watchman that is not alone",
        {{kNap, LeaveHeld(Word::kVacant, 1)},
         {kDoze, Leave(Word::kFree, Word::kAppointed, 2)}})
        .wakes = 1;
    add("a claim that is not alone",
        {{kNap, LetTurnPass(LeaveHeld(Word::kVacant, 1))},
         {kDoze, LetSleepEnd(0, Leave(Word::kFree, Word::kAppointed, 2))}})
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
      constexpr int kAwait = kDoze + Word::kClaimLooks;
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
