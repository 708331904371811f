// Every kernel event at every instruction. The shipped lock code runs one
// instruction at a time; at each boundary, in a run of its own, each event is
// injected: a grant, a context switch, a signal handler that locks, a grant
// that is revoked some instructions later. Whatever comes, the rules of the
// control word are kept.

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/platform.h"
#include "locks/raw_lock.h"
#include "locks/slice_section.h"
#include "rseq_abi/thread.h"
#include "tests/disassembly.h"
#include "tests/lock_word.h"
#include "tests/simulated_kernel.h"
#include "tests/single_step.h"

namespace slicelock {
namespace {

using testing::InstructionPoint;
using ::testing::IsEmpty;

constexpr long kSysFutex = 202;
constexpr long kSysRseqSliceYield = 471;
constexpr long kSysGetPid = 39;

// The running kernel, but for the layout of the control word.
struct BitKernel {
  using ControlWord = rseq_abi::BitControlWord;
  using Thread = rseq_abi::Thread<ControlWord>;
  static Thread& CurrentThread() { return thread; }
  static void PrepareThread() { thread.control = &thread.unheeded; }
  static void Yield() { rseq_abi::SliceYield(); }
  static inline thread_local Thread thread;
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

// A release that the test must find fault with.
template <typename Platform>
struct BrokenLock {
  using Section = typename Platform::Section;
  enum class Fault { kNone, kNoYield, kNoWithdrawal, kTwoCalls, kEarlyWake };

  void lock() { Section::Enter(); }
  void unlock() {
    auto& thread = KernelOf<Platform>::type::CurrentThread();
    switch (fault) {
      case Fault::kNone:
        Section::Leave();
        break;
      case Fault::kNoYield:
        thread.sections.Leave();
        thread.control->Withdraw();
        break;
      case Fault::kNoWithdrawal:
        thread.sections.Leave();
        break;
      case Fault::kTwoCalls:
        Section::Leave();
        Platform::WakeOne(&word, 1);
        Platform::WakeOne(&word, 1);
        break;
      case Fault::kEarlyWake:
        Platform::WakeOne(&word, 1);
        Section::Leave();
        break;
    }
  }
  Fault fault = Fault::kNone;
  std::atomic<uint32_t> word{0};
};

template <typename Platform>
struct Locks {
  using RawLock = slicelock::RawLock<Platform>;
  using Word = testing::LockWord<RawLock>;

  static inline RawLock lock;
  static inline RawLock other_lock;
  static inline BrokenLock<Platform> broken;
};

// What is stepped, each in a function of its own, so that its instructions can
// be told from the test's.
template <typename Platform>
struct Path : Locks<Platform> {
  using Path::Locks::lock;

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

// The same code again, in company. Not all of it can be reached there: an inner
// section never yields.
template <typename Platform>
struct Company : Locks<Platform> {
  using Section = typename Platform::Section;
  using Company::Locks::broken;
  using Company::Locks::lock;
  using Company::Locks::other_lock;

  [[gnu::noinline]] static void SectionsInSection() {
    Section outer;
    { Section inner; }
    { Section inner; }
  }
  [[gnu::noinline]] static void LockInSection() {
    Section section;
    lock.lock();
    lock.unlock();
  }
  [[gnu::noinline]] static void LockInLock() {
    other_lock.lock();
    lock.lock();
    lock.unlock();
    other_lock.unlock();
  }
  [[gnu::noinline]] static void SystemCallInLock() {
    lock.lock();
    syscall(kSysGetPid);
    lock.unlock();
  }
  [[gnu::noinline]] static void Broken() {
    broken.lock();
    broken.unlock();
  }
  // What a signal handler does, in the midst of the others.
  [[gnu::noinline]] static void Handler() {
    typename Company::Locks::RawLock own;
    own.lock();
    own.unlock();
  }
};

struct Scenario {
  const char* name;
  void (*path)();
  // Before each run.
  std::function<void()> prepare = [] {};
  // Each time the path waits; the how manieth time.
  std::function<void(int wait)> on_wait = [](int) {};
  // How many system calls are needed, outside a grant, beyond those of waits.
  int calls = 0;
  // How much of it: a path of hundreds of instructions is tried with each event
  // alone, one of thousands only without.
  enum Sweep { kPairs, kSingles, kOnce } sweep = kPairs;
  // Before each instruction.
  std::function<void()> on_instruction = [] {};
  // Up to which instruction of a signal handler that is granted.
  int handler_instructions = 0;
};

enum class Event { kNone, kGrant, kSwitch, kHandler, kGrantedHandler };

// The events of one run: `first` before the instruction number `at`, `then`
// `later` instructions after that. A granted handler is granted before its own
// instruction number `later`.
struct Plan {
  int at = -1;
  Event first = Event::kNone;
  int later = 0;
  Event then = Event::kNone;
};

template <typename Platform>
class Run {
 public:
  using Kernel = typename KernelOf<Platform>::type;
  using Word = typename Kernel::ControlWord;

  // Adds to `addresses` those of the instructions that are run.
  Run(const Scenario& scenario, const Plan& plan,
      std::set<uintptr_t>* addresses)
      : scenario_(scenario), plan_(plan), addresses_(addresses) {}

  // Returns the rules that were broken.
  std::vector<std::string> Go() {
    Kernel::PrepareThread();
    typename Kernel::Thread& thread = Kernel::CurrentThread();
    Word* const before = thread.control;
    thread.control = &word_;
    scenario_.prepare();
    Step(scenario_.path);
    side_.Observe();
    side_.ExpectIdle("at the end");
    std::vector<std::string> violations = side_.violations();
    if (thread.sections.depth() != 0) {
      violations.push_back("a section is not left");
      thread.sections.SetDepth(0);
    }
    if (side_.grants != side_.yields + side_.aborts + side_.revocations) {
      violations.push_back("a grant is not ended");
    }
    // The kernel may take a grant back between the look and the call, or a
    // signal handler end it; nobody can help that.
    const bool raced = side_.revocations > 0 || handled_;
    if (side_.idle_yields > (raced ? 1 : 0)) {
      violations.push_back("a yield is made without a grant");
    }
    if (side_.other_calls > calls_in_waits_ + scenario_.calls) {
      violations.push_back("a system call is made without need");
    }
    thread.control = before;
    return violations;
  }

  struct Course {
    int instructions = 0;
    int grants = 0;
  };
  Course course() const { return {instructions_, side_.grants}; }

 private:
  void Step(void (*path)()) {
    uintptr_t stack_at_entry = 0;
    testing::SingleStep(path, [&, path](InstructionPoint& point) {
      if (point.address() == reinterpret_cast<uintptr_t>(path)) {
        stack_at_entry = point.stack_pointer();
      }
      const bool in_path =
          stack_at_entry != 0 && point.stack_pointer() <= stack_at_entry;
      if (in_path) AtInstruction(point);
    });
  }

  void AtInstruction(InstructionPoint& point) {
    side_.Observe();
    scenario_.on_instruction();
    addresses_->insert(point.address());
    if (!in_handler_) {
      if (instructions_ == plan_.at) Inject(plan_.first);
      if (instructions_ == plan_.at + plan_.later) Inject(plan_.then);
      ++instructions_;
    } else if (handler_instructions_++ == handler_granted_at_) {
      side_.Interrupt();
    }
    if (point.is_pause()) Wait("while it spins");
    if (point.is_system_call()) AtSystemCall(point);
  }

  void Inject(Event event) {
    switch (event) {
      case Event::kNone:
        break;
      case Event::kGrant:
        side_.Interrupt();
        break;
      case Event::kSwitch:
        side_.Switch();
        break;
      case Event::kGrantedHandler:
        handler_granted_at_ = plan_.later;
        [[fallthrough]];
      case Event::kHandler:
        handled_ = in_handler_ = true;
        Step(Company<Platform>::Handler);
        in_handler_ = false;
        break;
    }
  }

  void AtSystemCall(InstructionPoint& point) {
    const long call = point.system_call();
    switch (call) {
      case kSysRseqSliceYield:
        side_.SystemCall(/*is_yield=*/true);
        break;
      case kSysFutex: {
        constexpr uint64_t kWaitBitset = 9, kPrivate = 128;
        side_.SystemCall(/*is_yield=*/false);
        if (point.argument(1) == (kWaitBitset | kPrivate)) {
          ++calls_in_waits_;
          Wait("while it sleeps");
        }
        break;
      }
      case kSysGetPid:
        side_.ForeignSystemCall();
        break;
      default:
        return;  // Not a lock's. It may be made.
    }
    point.SkipSystemCall(0);
  }

  void Wait(const std::string& how) {
    side_.ExpectIdle(how);
    scenario_.on_wait(++waits_);
  }

  const Scenario& scenario_;
  const Plan plan_;
  Word word_;
  testing::KernelSide<Word> side_{&word_};
  int instructions_ = 0;
  int waits_ = 0;
  int calls_in_waits_ = 0;
  bool in_handler_ = false;
  int handler_instructions_ = 0;
  int handler_granted_at_ = -1;
  bool handled_ = false;
  std::set<uintptr_t>* addresses_;
};

template <typename Platform>
std::vector<Scenario> Scenarios() {
  using P = Path<Platform>;
  using C = Company<Platform>;
  using Word = typename Locks<Platform>::Word;
  const auto is = [](auto owner, auto watch) {
    return [owner, watch] { Word::Set(P::lock, owner, watch); };
  };
  const auto free = is(Word::kFree, Word::kNobody);
  const auto held = is(Word::kHeld, Word::kNobody);
  const auto watched = is(Word::kHeld, Word::kWatching);
  const auto freed_at = [](int nth) {
    return [nth](int wait) {
      if (wait >= nth) Word::Set(P::lock, Word::kFree);
    };
  };
  // What waiters do as soon as the lock is held.
  const auto meanwhile = [](auto watch, int sleepers) {
    return [watch, sleepers] {
      if (P::lock.held()) Word::SetWaiters(P::lock, watch, sleepers);
    };
  };
  const auto no_wait = [](int) {};
  const auto new_thread = [] {
    using Thread = typename KernelOf<Platform>::type::Thread;
    new (&KernelOf<Platform>::type::CurrentThread()) Thread();
  };
  // The sleeper, after a few looks, is told to watch, and finds the lock free.
  constexpr int kSleeps = 1 + Word::kFewLooks;
  const auto appointed = [](int wait) {
    if (wait == kSleeps) Word::Set(P::lock, Word::kFree, Word::kAppointed, 1);
  };
  // Another thread is faster: the lock is free when looked at, but not when
  // tried for.
  const auto race = std::make_shared<bool>();
  const auto lose_race = [race] {
    const auto& thread = KernelOf<Platform>::type::CurrentThread();
    if (!*race && !P::lock.held() && thread.control->requested()) {
      *race = true;
      Word::Set(P::lock, Word::kHeld);
    }
  };
  return {
      {"a section", P::Section, [] {}, no_wait, 0, Scenario::kPairs, [] {},
       /*handler_instructions=*/40},
      {"sections in a section", C::SectionsInSection},
      {"the first section of a thread", P::Section, new_thread},
      {"the first try of a thread", P::Try,
       [free, new_thread] {
         free();
         new_thread();
       }},
      {"a free lock", P::Lock, free},
      {"a free lock in a section", C::LockInSection, free},
      {"a free lock in another", C::LockInLock, free},
      {"a free lock, with somebody's system call inside", C::SystemCallInLock,
       free, no_wait, 1},
      {"a try at a free lock", P::Try, free},
      {"a try at a held lock", P::Try, held},
      {"a try at a reserved lock", P::Try,
       is(Word::kReserved, Word::kClaiming)},
      {"a held lock, soon free", P::Lock, held, freed_at(1)},
      {"a held lock, soon free, in a section", C::LockInSection, held,
       freed_at(1)},
      {"a held lock, soon free, but for another", P::Lock,
       [held, race] {
         held();
         *race = false;
       },
       [](int wait) {
         if (wait != 2) Word::Set(P::lock, Word::kFree);
       },
       0, Scenario::kPairs, lose_race},
      {"a release that wakes the watchman", P::Lock, free, no_wait, 1,
       Scenario::kPairs, meanwhile(Word::kNapping, 0)},
      {"a release that wakes the watchman, after a try", P::Try, free, no_wait,
       1, Scenario::kPairs, meanwhile(Word::kNapping, 0)},
      {"a release that wakes the watchman, in a section", C::LockInSection,
       free, no_wait, 1, Scenario::kPairs, meanwhile(Word::kNapping, 0)},
      {"a release that wakes the watchman, in another lock", C::LockInLock,
       free, no_wait, 1, Scenario::kPairs, meanwhile(Word::kNapping, 0)},
      {"a release that appoints a sleeper", P::Lock, free, no_wait, 1,
       Scenario::kPairs, meanwhile(Word::kVacant, 1)},
      {"a release that reserves the lock", P::Lock, free, no_wait, 0,
       Scenario::kPairs, meanwhile(Word::kClaiming, 1)},
      {"a release that reserves the lock and wakes", P::Lock, free, no_wait, 1,
       Scenario::kPairs, meanwhile(Word::kAwaiting, 1)},
      {"a watched lock, taken by a sleeper", P::Lock, watched, appointed, 0,
       Scenario::kSingles},
      {"a watched lock, taken by a sleeper, in another", C::LockInLock, watched,
       appointed, 0, Scenario::kOnce},
      {"a held lock, free after all looks", P::Lock, held,
       freed_at(1 + Word::kLooks), 0, Scenario::kOnce},
      {"a held lock, free after a nap", P::Lock, held,
       freed_at(40 + Word::kLooks), 0, Scenario::kOnce},
  };
}

struct Tally {
  int runs = 0;
  int injections = 0;
  std::vector<std::string> violations;
  std::set<uintptr_t> addresses;
};

template <typename Platform>
typename Run<Platform>::Course Try(const Scenario& scenario, const Plan& plan,
                                   Tally& tally) {
  Run<Platform> run(scenario, plan, &tally.addresses);
  for (const std::string& violation : run.Go()) {
    static constexpr const char* kNames[] = {"nothing", "a grant", "a switch",
                                             "a handler", "a granted handler"};
    tally.violations.push_back(std::string(scenario.name) + ": with " +
                               kNames[static_cast<int>(plan.first)] +
                               " at instruction " + std::to_string(plan.at) +
                               ", then " + kNames[static_cast<int>(plan.then)] +
                               " after " + std::to_string(plan.later) + ": " +
                               violation);
  }
  ++tally.runs;
  tally.injections +=
      (plan.first != Event::kNone) + (plan.then != Event::kNone);
  return run.course();
}

// A second event close enough to meet the first half-done.
constexpr int kFarthest = 6;

template <typename Platform>
void TryEverything(const Scenario& scenario, Tally& tally) {
  const auto undisturbed = Try<Platform>(scenario, {}, tally);
  if (scenario.sweep == Scenario::kOnce) return;
  // A path may grow by what an event does to it: leave some room.
  const int instructions = undisturbed.instructions + kFarthest;
  for (int at = 0; at < instructions; ++at) {
    Try<Platform>(scenario, {at, Event::kSwitch}, tally);
    Try<Platform>(scenario, {at, Event::kHandler}, tally);
    for (int when = 0; when < scenario.handler_instructions; ++when) {
      Try<Platform>(scenario, {at, Event::kGrantedHandler, when}, tally);
    }
    const auto granted = Try<Platform>(scenario, {at, Event::kGrant}, tally);
    if (granted.grants == 0 || scenario.sweep == Scenario::kSingles) continue;
    for (const Event then : {Event::kSwitch, Event::kHandler}) {
      for (int later = 1; later <= kFarthest; ++later) {
        Try<Platform>(scenario, {at, Event::kGrant, later, then}, tally);
      }
    }
  }
}

template <typename Platform>
class InterruptPointsTest : public ::testing::Test {
 protected:
  // All events, everywhere, once for all tests.
  static const Tally& Everything() {
    static const Tally* const everything = [] {
      auto* const tally = new Tally;
      for (const Scenario& scenario : Scenarios<Platform>()) {
        TryEverything<Platform>(scenario, *tally);
      }
      return tally;
    }();
    return *everything;
  }
};

using Platforms = ::testing::Types<LinuxPlatform, BitPlatform>;
TYPED_TEST_SUITE(InterruptPointsTest, Platforms);

TYPED_TEST(InterruptPointsTest, TheRulesAreKeptWhateverHappensWhenever) {
  const Tally& tally = this->Everything();
  EXPECT_THAT(tally.violations, IsEmpty());
  EXPECT_GT(tally.injections, 10000);
  printf("%d (instruction, event) pairs in %d runs, %zu violations\n",
         tally.injections, tally.runs, tally.violations.size());
}

TYPED_TEST(InterruptPointsTest, ABrokenReleaseIsFound) {
  using Fault = typename BrokenLock<TypeParam>::Fault;
  const auto violations_with = [](Fault fault) {
    Locks<TypeParam>::broken.fault = fault;
    Tally tally;
    TryEverything<TypeParam>({"a broken lock", Company<TypeParam>::Broken},
                             tally);
    return tally.violations;
  };
  EXPECT_THAT(violations_with(Fault::kNone), IsEmpty());
  const std::pair<Fault, const char*> kFaults[] = {
      {Fault::kNoYield, "a grant is not ended"},
      {Fault::kNoWithdrawal, "a request is left at the end"},
      {Fault::kTwoCalls, "without need"},
      {Fault::kEarlyWake, "with the request set"},
  };
  for (const auto& [fault, complaint] : kFaults) {
    EXPECT_THAT(violations_with(fault),
                ::testing::Contains(::testing::HasSubstr(complaint)));
  }
}

// The code that the test answers for: the paths, with what is inlined in them,
// and what sections call out of line. (Waiting, out of line as well, is stepped
// too, but not in all its ways.)
template <typename Platform>
std::vector<testing::Function> CodeOfPaths() {
  constexpr bool kBits = std::is_same_v<Platform, BitPlatform>;
  const std::string platform = kBits ? "BitPlatform>" : "LinuxPlatform>";
  const std::string kernel = kBits ? "BitKernel>" : "RunningKernel>";
  const std::regex is_on_path("Path<[^>]*" + platform +
                              "::.*|BasicSliceSection<[^>]*" + kernel +
                              "::(EnterUnusually|Yield).*");
  std::vector<testing::Function> code;
  for (testing::Function& function : testing::DisassembleThisProgram()) {
    if (std::regex_search(function.name, is_on_path)) {
      testing::DropBlocksThatCall("slicelock::Fatal", function);
      code.push_back(std::move(function));
    }
  }
  return code;
}

TYPED_TEST(InterruptPointsTest, EveryInstructionOfThePathsIsReached) {
  const std::set<uintptr_t>& reached = this->Everything().addresses;
  int instructions = 0;
  std::vector<std::string> missed;
  for (const testing::Function& function : CodeOfPaths<TypeParam>()) {
    for (const testing::Instruction& instruction : function.instructions) {
      ++instructions;
      if (reached.count(instruction.address) == 0) {
        missed.push_back(function.name + ": " + instruction.text + "\n");
      }
    }
  }
  EXPECT_GT(instructions, 50) << "the disassembly was not understood";
  EXPECT_THAT(missed, IsEmpty());
  printf("%d instructions, %zu not reached\n", instructions, missed.size());
}

}  // namespace
}  // namespace slicelock
