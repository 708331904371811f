// Code of locks, run one instruction at a time under a simulated kernel that
// may do anything at any of them; and whether the rules are kept.

#ifndef SLICELOCK_TESTS_INTERRUPTED_RUN_H_
#define SLICELOCK_TESTS_INTERRUPTED_RUN_H_

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <new>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "locks/core/keyed_list.h"
#include "locks/core/platform.h"
#include "locks/core/raw_lock.h"
#include "locks/core/raw_shared_lock.h"
#include "locks/core/waiter.h"
#include "locks/mutex.h"
#include "locks/slice_section.h"
#include "rseq_abi/thread.h"
#include "tests/exploration.h"
#include "tests/lock_word.h"
#include "tests/simulated_kernel.h"
#include "tests/single_step.h"

namespace slicelock::testing {

// The running kernel, but for the layout of the control word.
struct BitKernel {
  using ControlWord = rseq_abi::BitControlWord;
  using Thread = rseq_abi::Thread<ControlWord>;
  static Thread& CurrentThread() { return thread; }
  static void PrepareThread() {
    thread.Prepare();
    thread.control = thread.heeded = offered;
    thread.status = StatusCode::kOnOwnArea;
  }
  static void Yield() { rseq_abi::SliceYield(); }
  static inline thread_local Thread thread;
  static inline ControlWord* offered = nullptr;
};

struct BitPlatform : LinuxPlatform {
  using Section = BasicSliceSection<BitKernel>;
};

template <typename Platform>
struct KernelOf;
template <>
struct KernelOf<LinuxPlatform> {
  using type = rseq_abi::RunningKernel;
};
template <>
struct KernelOf<BitPlatform> {
  using type = BitKernel;
};

// Mutex, or what it is made of, on either platform.
template <typename Platform>
struct MutexOn {
  using type = RawSharedLock<Platform>;
};
template <>
struct MutexOn<LinuxPlatform> {
  using type = Mutex;
};

constexpr long kSysRseqSliceYield = 471;

// What a run counts, and what it has left.
struct RunState {
  int64_t now = 0;
  int32_t waits = 0;
  int32_t wakes = 0;
  // How the next sleeps end.
  int32_t sleep_result = 0;
  int32_t events_left = 0;
  int32_t signals_left = 0;
  int32_t signals_under_way = 0;
  // Locks that are held, one bit each.
  int32_t held = 0;
  // For scenarios.
  int32_t noted = 0;
};

// All that changes in a run, but registers and stack. One run at a time.
template <typename Platform>
struct World {
  using Kernel = typename KernelOf<Platform>::type;
  using Thread = typename Kernel::Thread;
  using Word = typename Kernel::ControlWord;
  using Lock = RawLock<Platform>;
  using TheMutex = typename MutexOn<Platform>::type;
  using SharedLock = RawSharedLock<Platform>;
  using SharedWord = SharedLockWord<SharedLock>;
  using TheWaiter = Waiter<Platform>;
  using Waiters = ListBucket<KeyedList<Platform, TheWaiter, &TheWaiter::gate,
                                       &TheWaiter::next_of_gate>>;

  static inline Lock lock;
  static inline Lock other_lock;
  static inline TheMutex mutex;
  // For a condition of the mutex: in no list, unless a scenario adds it.
  static inline TheWaiter waiter{nullptr, Hold::kExclusive,
                                 TheWaiter::kWaiting};
  // Of locks that a test brings.
  static inline std::atomic<uint32_t> third_lock{0};
  static inline SimulatedArea<Word> area;
  static inline KernelSide<Word> side{&area};
  static inline RunState run;

  static Thread& thread() { return Kernel::CurrentThread(); }

  // The mutex, which has nothing besides.
  static SharedLock& shared_lock() {
    static_assert(std::is_standard_layout_v<TheMutex> &&
                  sizeof(TheMutex) == sizeof(SharedLock));
    return reinterpret_cast<SharedLock&>(mutex);
  }
  static typename SharedWord::Gate& gate() {
    return SharedWord::gate(shared_lock());
  }

  static std::vector<Memory> memory() {
    auto& waiters = Waiters::Of(&gate());
    return {{&thread(), sizeof(Thread)},
            {&lock, sizeof(lock)},
            {&other_lock, sizeof(other_lock)},
            {&mutex, sizeof(mutex)},
            {&waiter, sizeof(waiter)},
            {&waiters, sizeof(waiters)},
            {&third_lock, sizeof(third_lock)},
            {&LinuxPlatform::line_speed, sizeof(LineSpeed)},
            {&area, sizeof(area)},
            {static_cast<KernelState*>(&side), sizeof(KernelState)},
            {&run, sizeof(run)},
            {&errno, sizeof(errno)}};
  }

  // A bit for each lock.
  static constexpr int kLock = 1, kOtherLock = 2, kThirdLock = 4, kMutex = 8,
                       kShare = 16;
  static int held_locks() {
    return (lock.held() ? kLock : 0) | (other_lock.held() ? kOtherLock : 0) |
           (third_lock != 0 ? kThirdLock : 0) |
           (shared_lock().held() ? kMutex : 0) |
           (shared_lock().shared() ? kShare : 0);
  }

  // The thread's requests go to the area from now on.
  static void Heed() {
    thread().Prepare();
    thread().control = thread().heeded = &area.slice_ctrl;
  }

  static void Reset() {
    new (&thread()) Thread();
    new (&area) SimulatedArea<Word>();
    if constexpr (std::is_same_v<Kernel, BitKernel>) {
      Kernel::offered = &area.slice_ctrl;
    }
    side = KernelSide<Word>(&area);
    run = RunState();
    Heed();
    new (&lock) Lock();
    new (&other_lock) Lock();
    third_lock = 0;
    new (&LinuxPlatform::line_speed) LineSpeed();
    new (&mutex) TheMutex();
    new (&waiter) TheWaiter(nullptr, Hold::kExclusive, TheWaiter::kWaiting);
    Waiters::Clear(&gate());
  }
};

// A path through a lock, and what other threads do meanwhile.
struct Scenario {
  std::string name;
  void (*path)();
  // Before the path.
  std::function<void()> prepare = [] {};
  // Each time the path waits; the how manieth time.
  std::function<void(int wait)> on_wait = [](int) {};
  // Before each instruction.
  std::function<void()> on_instruction = [] {};
  // How many waiters it has to wake.
  int wakes = 0;
  static constexpr int kAnyWakes = -1;
  // The locks that others hold at the end, or may.
  int others_hold = 0;
  // How many events, and signals among them, may happen in one run.
  int events = 2;
  int signals = 1;
  // Whether signals come as the first event only; or after others, too; or
  // others happen in their handlers besides. (Each takes more time by far.)
  enum Signals { kFirst, kAfterEvents, kAmongEvents } order = kFirst;
  // What their handlers do; if null, acquire a lock of their own, and release
  // it.
  void (*handler)() = nullptr;
};

// What became of all runs.
struct Tally {
  struct Pairs {
    // Before which instructions the event happened, and how often in all; how
    // often within a grant.
    std::set<uintptr_t> instructions;
    // Before which it could, as the control word was.
    std::set<uintptr_t> possible;
    int64_t tried = 0;
    int64_t within_grant = 0;
    // How many violations came after it.
    int64_t violations = 0;
  };

  const Pairs& at(KernelEvent event) const {
    return pairs[static_cast<int>(event)];
  }
  Pairs& at(KernelEvent event) { return pairs[static_cast<int>(event)]; }

  Pairs sum() const;
  // Of events and what became of them.
  std::string Table() const;

  Pairs pairs[std::size(kKernelEvents)];
  std::vector<std::string> violations;
  // Of all instructions that were executed.
  std::set<uintptr_t> addresses;
  int64_t runs = 0;
  // What the kernel had noted at the ends of runs, as bytes.
  std::set<std::string> ends;
};

template <typename Platform>
class InterruptedRun : public ExploredCode {
 public:
  InterruptedRun(const Scenario& scenario, Tally* tally)
      : scenario_(scenario), tally_(*tally) {
    TheWorld::Reset();
    run().events_left = scenario.events;
    run().signals_left = scenario.signals;
    scenario.prepare();
    run().held = TheWorld::held_locks();
  }

  void Run() override { scenario_.path(); }
  uintptr_t entry() const override {
    return reinterpret_cast<uintptr_t>(scenario_.path);
  }
  std::vector<Memory> memory() override { return TheWorld::memory(); }

  bool Arrive(const InstructionPoint& point) override {
    tally_.addresses.insert(point.address());
    side().Observe();
    ObserveLocks();
    ObserveDepth();
    scenario_.on_instruction();
    run().held = TheWorld::held_locks();
    for (const KernelEvent event :
         {KernelEvent::kGrant, KernelEvent::kExpiry}) {
      if (side().CanHappen(event)) {
        tally_.at(event).possible.insert(point.address());
      }
    }
    return CollectViolations();
  }

  unsigned EventsAt(const InstructionPoint&) override {
    if (run().events_left == 0) return 0;
    if (run().signals_under_way > 0 &&
        scenario_.order != Scenario::kAmongEvents) {
      return 0;
    }
    unsigned events = 0;
    for (const KernelEvent event : kKernelEvents) {
      const bool possible = event == KernelEvent::kSignal
                                ? SignalCanCome()
                                : side().CanHappen(event);
      if (possible) events |= 1u << static_cast<int>(event);
    }
    return events;
  }

  void Inject(int number, InstructionPoint& point) override {
    const auto event = static_cast<KernelEvent>(number);
    Tally::Pairs& pairs = tally_.at(event);
    pairs.instructions.insert(point.address());
    ++pairs.tried;
    if (word().granted()) ++pairs.within_grant;
    --run().events_left;
    side().Happen(event);
    if (event != KernelEvent::kSignal) return;
    --run().signals_left;
    ++run().signals_under_way;
    point.DeliverSignal(scenario_.handler != nullptr ? scenario_.handler
                                                     : LockItsOwn);
  }

  bool Execute(InstructionPoint& point) override {
    bool executed = true;
    if (point.is_system_call()) {
      executed = MakeSystemCall(point);
    } else if (point.is_return_from_signal()) {
      --run().signals_under_way;
      side().ReturnFromSignal();
      point.ReturnFromSignal();
    } else if (point.address() == reinterpret_cast<uintptr_t>(clock_gettime)) {
      TellTime(point);
    } else if (point.address() ==
               reinterpret_cast<uintptr_t>(LinuxPlatform::Relax)) {
      Wait("while it spins");
      point.ReturnFromFunction(0);
    } else {
      executed = false;
    }
    run().held = TheWorld::held_locks();
    return executed;
  }

  void End() override {
    ++tally_.runs;
    const KernelState& noted = side();
    tally_.ends.emplace(reinterpret_cast<const char*>(&noted), sizeof(noted));
    side().Observe();
    side().ExpectIdle("at the end");
    ObserveLocks();
    if (thread().sections.depth() != 0) Violation("a section is not left");
    if (!side().balanced()) Violation("a grant is not ended");
    if (scenario_.wakes != Scenario::kAnyWakes) {
      if (run().wakes < scenario_.wakes) Violation("a waiter is not woken");
      if (run().wakes > scenario_.wakes) Violation("a wake is not needed");
    }
    if ((TheWorld::held_locks() & ~scenario_.others_hold) != 0) {
      Violation("a lock is not released");
    }
    CollectViolations();
  }

 private:
  using TheWorld = World<Platform>;

  static RunState& run() { return TheWorld::run; }
  static auto& side() { return TheWorld::side; }
  static auto& word() { return TheWorld::area.slice_ctrl; }
  static auto& thread() { return TheWorld::thread(); }

  [[gnu::noinline]] static void LockItsOwn() {
    typename TheWorld::Lock own;
    own.lock();
    own.unlock();
  }

  bool SignalCanCome() const {
    return run().signals_left > 0 && (scenario_.order != Scenario::kFirst ||
                                      run().events_left == scenario_.events);
  }

  void Violation(const char* what) { side().Violation(what); }

  // Whether the last instruction has acquired or released a lock, and may.
  void ObserveLocks() {
    const int32_t held = TheWorld::held_locks();
    if (held == run().held) return;
    const std::string what =
        held > run().held ? "a lock is acquired" : "a lock is released";
    if (thread().sections.depth() == 0) {
      side().Violation(what + " outside a section");
    } else {
      side().ExpectRequest(what);
    }
  }

  // The word is idle outside of sections.
  void ObserveDepth() {
    if (thread().sections.depth() != 0) return;
    side().ExpectIdle("outside of sections");
    if (TheWorld::held_locks() == 0) side().BeOutside();
  }

  bool MakeSystemCall(InstructionPoint& point) {
    long result = 0;
    switch (point.system_call()) {
      case kSysRseqSliceYield:
        side().Yield();
        break;
      case SYS_futex:
        if (point.argument(1) == FUTEX_WAIT_BITSET_PRIVATE) {
          result = Sleep(point);
        } else {
          ++run().wakes;
          side().Wake();
        }
        break;
      case SYS_getpid:
        side().ForeignSystemCall();
        break;
      default:
        return false;  // Not a lock's. It may be made.
    }
    point.SkipSystemCall(result);
    return true;
  }

  long Sleep(const InstructionPoint& point) {
    side().Sleep();
    Wait("while it sleeps");
    if (run().sleep_result == -ETIMEDOUT) {
      timespec until;
      memcpy(&until, reinterpret_cast<void*>(point.argument(3)), sizeof(until));
      run().now = until.tv_sec * kNanoseconds + until.tv_nsec;
    }
    return run().sleep_result;
  }

  void TellTime(InstructionPoint& point) {
    const timespec now = {run().now / kNanoseconds, run().now % kNanoseconds};
    memcpy(reinterpret_cast<void*>(point.argument(1)), &now, sizeof(now));
    point.ReturnFromFunction(0);
  }

  void Wait(const std::string& how) {
    side().ExpectIdle(how);
    scenario_.on_wait(++run().waits);
    constexpr int kForEver = 5000;
    if (run().waits == kForEver) Violation("it waits for ever");
  }

  // Returns whether there are none.
  bool CollectViolations() {
    const std::vector<std::string> violations = side().TakeViolations();
    for (const std::string& violation : violations) {
      tally_.violations.push_back(scenario_.name + ", " + Events() + ": " +
                                  violation);
      for (const Injection& each : history) {
        ++tally_.at(static_cast<KernelEvent>(each.event)).violations;
      }
    }
    return violations.empty();
  }

  std::string Events() const {
    std::string events;
    for (const Injection& each : history) {
      events += events.empty() ? "" : ", then ";
      events += NameOf(static_cast<KernelEvent>(each.event));
      events += " before instruction " + std::to_string(each.instruction);
    }
    return events.empty() ? "undisturbed" : events;
  }

  static constexpr int64_t kNanoseconds = 1'000'000'000;

  const Scenario& scenario_;
  Tally& tally_;
};

// Tries each event at each instruction of the scenario's path.
template <typename Platform>
void TryEverything(const Scenario& scenario, Tally& tally,
                   SameStates same_states = SameStates::kRunOnce) {
  InterruptedRun<Platform> run(scenario, &tally);
  Explore(run, same_states);
}

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_INTERRUPTED_RUN_H_
