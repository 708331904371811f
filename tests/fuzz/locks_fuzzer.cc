// Runs programs of lock operations (see program.h) in real threads. Aborts when
// one finds what it may not find, or does not end.

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "locks/cond_var.h"
#include "locks/condition.h"
#include "locks/mutex.h"
#include "locks/recursive_mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/thread.h"
#include "tests/fuzz/program.h"
#include "tests/fuzz/reference.h"

namespace slicelock::fuzz {
namespace {

using std::chrono::steady_clock;

constexpr absl::Duration kLongestProgram = absl::Seconds(10);
constexpr unsigned kLongestChild = 60;  // s

int32_t Depth() {
  return rseq_abi::RunningKernel::CurrentThread().sections.depth();
}

absl::Duration Since(steady_clock::time_point begin) {
  return absl::FromChrono(steady_clock::now() - begin);
}

// Two queues: items are awaited, tickets are waited for on the variable.
struct Guarded {
  Mutex mutex;
  CondVar changed;
  Holders holders;
  // By holders of the mutex, and looked at when all threads wait.
  std::atomic<int> items{0}, tickets{0};
  // Threads that wait for ever, if need be.
  std::atomic<int> awaiting{0}, waiting{0};
  bool closed = false;

  bool HasItem() const { return items > 0 || closed; }
  bool HasTicket() const { return tickets > 0 || closed; }
  bool SomebodyForgotten() const {
    return (awaiting > 0 && items > 0) || (waiting > 0 && tickets > 0);
  }
};

template <typename Lock>
struct Plain {
  Lock lock;
  Holders holders;
};

class Worker;

// What the threads of one program share.
struct World {
  Guarded& guarded(int lock) { return guardeds[lock]; }
  Plain<SpinLock>& spin(int lock) { return spins[lock - kMutexes]; }

  // Of any lock.
  Holders& holders(int lock) {
    switch (KindOf(lock)) {
      case Kind::kMutex:
        return guarded(lock).holders;
      case Kind::kSpinLock:
        return spin(lock).holders;
      case Kind::kRecursiveMutex:
        break;
    }
    return recursive.holders;
  }

  std::array<Guarded, kMutexes> guardeds;
  std::array<Plain<SpinLock>, kSpinLocks> spins;
  Plain<RecursiveMutex> recursive;
  std::deque<Worker> workers;
  // Of the workers.
  std::atomic<size_t> waiting{0}, finished{0};
  std::atomic<bool> has_forked{false};
};

// What signal handlers acquire, whatever they interrupt.
Plain<SpinLock> handlers_spin;
Plain<Mutex> handlers_mutex;

template <typename Lock>
void UseInHandler(Plain<Lock>& plain) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (!plain.lock.try_lock()) return;
  plain.holders.Enter(Held::kExclusively);
  plain.holders.Leave(Held::kExclusively);
  plain.lock.unlock();
}

void HandleSignal(int) {
  const int before = errno;
  const int32_t depth = Depth();
  UseInHandler(handlers_spin);
  UseInHandler(handlers_mutex);
  Expect(Depth() == depth, "a handler has left a section");
  Expect(errno == before, "a lock has changed errno");
}

// Runs the steps of one thread. It waits without a time limit only for a lock
// that comes after those that it holds, and for something to be put only if it
// holds nothing else; else it tries, or waits for a while. So somebody can
// always go on, or all wait for something to be put.
class Worker {
 public:
  Worker(World* world, const std::vector<Step>* steps)
      : world_(*world), steps_(*steps) {}

  void Start() {
    pthread_create(
        &thread_, nullptr,
        [](void* self) -> void* {
          static_cast<Worker*>(self)->Run();
          return nullptr;
        },
        this);
  }

  void Join() {
    void* result;
    pthread_join(thread_, &result);
    Expect(result == nullptr || cancelled_, "a thread ended by itself");
  }

  int changes(int lock) const { return changes_[lock]; }

 private:
  void Run() {
    // Also when the thread is cancelled.
    struct End {
      ~End() {
        self.ReleaseAll();
        self.ready_ = false;
        ++self.world_.finished;
      }
      Worker& self;
    } const end{*this};
    // Handlers may lock once the thread has.
    UseInHandler(handlers_spin);
    ready_ = true;
    for (const Step& step : steps_) {
      Do(step);
      Expect(Depth() == CountHeld(), "a section has been left, or was not");
    }
  }

  void Do(const Step& step) {
    const int lock = step.lock;
    switch (step.action) {
      case Action::kLock:
        return Acquire(lock, Held::kExclusively);
      case Action::kTry:
        return Acquire(lock, Held::kExclusively, kNoTime);
      case Action::kTryFor:
        return Acquire(lock, Held::kExclusively, LimitOf(step));
      case Action::kShare:
        return Acquire(lock, Held::kShared);
      case Action::kTryShare:
        return Acquire(lock, Held::kShared, kNoTime);
      case Action::kTryShareFor:
        return Acquire(lock, Held::kShared, LimitOf(step));
      case Action::kRelease:
        return Release(lock);
      case Action::kPutItem:
      case Action::kPutTicket:
      case Action::kPutTicketSignalLater:
      case Action::kPutTicketsSignalAll:
        return Put(step);
      case Action::kAwait:
      case Action::kAwaitFor:
      case Action::kWait:
      case Action::kWaitFor:
        return Wait(step);
      case Action::kInterrupt:
        return Other(step).Interrupt();
      case Action::kCancel:
        return Other(step).Cancel();
      case Action::kCancellationPoint:
        return pthread_testcancel();
      case Action::kFork:
        return Fork();
      case Action::kPause:
        sched_yield();
        return;
    }
  }

  static constexpr absl::Duration kForEver = absl::InfiniteDuration();
  static constexpr absl::Duration kNoTime = absl::ZeroDuration();

  static absl::Duration LimitOf(const Step& step) {
    return absl::Microseconds(10 * step.argument);
  }

  Worker& Other(const Step& step) {
    return world_.workers[step.argument % world_.workers.size()];
  }

  // Whatever the thread that calls it: of this one.
  void Interrupt() {
    if (ready_) pthread_kill(thread_, SIGURG);
  }
  void Cancel() {
    if (!ready_) return;
    cancelled_ = true;
    pthread_cancel(thread_);
  }

  bool Holds(int lock) const { return held_[lock] != Held::kNot; }
  int CountHeld() const {
    int count = 0;
    for (int lock = 0; lock < kLocks; ++lock) count += Holds(lock);
    return count;
  }

  // Whether it comes after all others that are held.
  bool ComesLast(int lock) const {
    for (int later = lock + 1; later < kLocks; ++later) {
      if (Holds(later)) return false;
    }
    return true;
  }

  // As long as it takes, if that can do no harm.
  void Acquire(int lock, Held how) {
    Acquire(lock, how, ComesLast(lock) ? kForEver : kNoTime);
  }

  void Acquire(int lock, Held how, absl::Duration limit) {
    if (Holds(lock)) {
      if (KindOf(lock) == Kind::kRecursiveMutex) AcquireAgain(limit);
      return;
    }
    if (KindOf(lock) != Kind::kMutex) how = Held::kExclusively;
    const auto begin = steady_clock::now();
    if (AcquireWithin(lock, how, limit)) {
      held_[lock] = how;
      Enter(lock);
      return;
    }
    Expect(limit != kForEver, "a lock was not acquired");
    Expect(KindOf(lock) == Kind::kSpinLock || Since(begin) >= limit,
           "a try ended too early");
    Expect(world_.workers.size() > 1, "a try failed that nobody kept from it");
  }

  bool AcquireWithin(int lock, Held how,
                     absl::Duration limit) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    switch (KindOf(lock)) {
      case Kind::kMutex: {
        Mutex& mutex = world_.guarded(lock).mutex;
        return how == Held::kShared ? ShareWithin(mutex, limit)
                                    : LockWithin(mutex, limit);
      }
      case Kind::kSpinLock: {
        SpinLock& spin = world_.spin(lock).lock;
        if (limit != kForEver) return spin.try_lock();
        spin.lock();
        return true;
      }
      case Kind::kRecursiveMutex:
        break;
    }
    return LockWithin(world_.recursive.lock, limit);
  }

  template <typename Lock>
  static bool LockWithin(Lock& lock,
                         absl::Duration limit) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (limit == kNoTime) return lock.try_lock();
    if (limit != kForEver) {
      return lock.try_lock_for(absl::ToChronoNanoseconds(limit));
    }
    lock.lock();
    return true;
  }

  static bool ShareWithin(Mutex& mutex,
                          absl::Duration limit) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (limit == kNoTime) return mutex.try_lock_shared();
    if (limit != kForEver) {
      return mutex.try_lock_shared_for(absl::ToChronoNanoseconds(limit));
    }
    mutex.lock_shared();
    return true;
  }

  void AcquireAgain(absl::Duration limit) {
    Expect(LockWithin(world_.recursive.lock, limit),
           "a holder did not acquire a recursive mutex again");
    ++held_again_;
  }

  void Release(int lock) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Held how = held_[lock];
    if (how == Held::kNot) return;
    if (KindOf(lock) == Kind::kRecursiveMutex && held_again_ > 0) {
      --held_again_;
      return world_.recursive.lock.unlock();
    }
    Leave(lock);
    held_[lock] = Held::kNot;
    switch (KindOf(lock)) {
      case Kind::kMutex: {
        Mutex& mutex = world_.guarded(lock).mutex;
        return how == Held::kShared ? mutex.unlock_shared() : mutex.unlock();
      }
      case Kind::kSpinLock:
        return world_.spin(lock).lock.unlock();
      case Kind::kRecursiveMutex:
        return world_.recursive.lock.unlock();
    }
  }

  void ReleaseAll() {
    for (int lock = kLocks - 1; lock >= 0; --lock) {
      while (Holds(lock)) Release(lock);
    }
    Expect(Depth() == 0, "a section was not left");
  }

  void Enter(int lock) {
    world_.holders(lock).Enter(held_[lock]);
    if (held_[lock] == Held::kExclusively) ++changes_[lock];
  }
  void Leave(int lock) { world_.holders(lock).Leave(held_[lock]); }

  // Acquires the mutex for `f`, if it is not held and may be acquired.
  template <typename F>
  void WithMutex(int lock, F&& f) {
    const bool held_before = Holds(lock);
    if (!held_before) Acquire(lock, Held::kExclusively);
    if (held_[lock] == Held::kExclusively) f();
    if (!held_before) Release(lock);
  }

  void Put(const Step& step) {
    const int lock = step.lock % kMutexes;
    Guarded& guarded = world_.guarded(lock);
    bool put = false;
    WithMutex(lock, [&] {
      put = true;
      if (step.action == Action::kPutItem) {
        ++guarded.items;
      } else {
        guarded.tickets += step.action == Action::kPutTicketsSignalAll ? 2 : 1;
      }
      if (step.action == Action::kPutTicket) guarded.changed.Signal();
      if (step.action == Action::kPutTicketsSignalAll)
        guarded.changed.SignalAll();
    });
    if (put && step.action == Action::kPutTicketSignalLater)
      guarded.changed.Signal();
  }

  void Wait(const Step& step) {
    const int lock = step.lock % kMutexes;
    // A wait ends with an acquisition that takes as long as it takes.
    if (!ComesLast(lock)) return;
    Acquire(lock, Held::kExclusively);
    const bool limited = CountHeld() > 1 || step.action == Action::kAwaitFor ||
                         step.action == Action::kWaitFor;
    const bool await =
        step.action == Action::kAwait || step.action == Action::kAwaitFor;
    Guarded& guarded = world_.guarded(lock);
    const absl::Duration limit = limited ? LimitOf(step) : kForEver;
    if (await) {
      Await(lock, guarded, limit);
    } else {
      WaitOnVariable(lock, guarded, limit);
    }
    // Who shares it only looks.
    std::atomic<int>& queue = await ? guarded.items : guarded.tickets;
    if (held_[lock] == Held::kExclusively && queue > 0) --queue;
  }

  // Waits by `wait`, noting that it does so for ever.
  template <typename WaitFunction>
  void NotingThatItWaits(int lock, std::atomic<int>& waiters,
                         absl::Duration limit, WaitFunction&& wait) {
    if (limit == kForEver) {
      ++waiters;
      ++world_.waiting;
    }
    Leave(lock);
    wait();
    Enter(lock);
    if (limit == kForEver) {
      --world_.waiting;
      --waiters;
    }
  }

  void Await(int lock, Guarded& guarded, absl::Duration limit) {
    const auto begin = steady_clock::now();
    bool holds = true;
    NotingThatItWaits(lock, guarded.awaiting, limit, [&] {
      const Condition has_item(&guarded, &Guarded::HasItem);
      holds = guarded.mutex.AwaitWithTimeout(has_item, limit);
    });
    Expect(holds == guarded.HasItem(), "a condition was misreported");
    Expect(holds || Since(begin) >= limit, "a wait ended too early");
  }

  void WaitOnVariable(int lock, Guarded& guarded, absl::Duration limit) {
    bool timed_out = false;
    while (!guarded.HasTicket() && !timed_out) {
      const auto begin = steady_clock::now();
      NotingThatItWaits(lock, guarded.waiting, limit, [&] {
        timed_out = guarded.changed.WaitWithTimeout(&guarded.mutex, limit);
      });
      Expect(!timed_out || Since(begin) >= limit, "a wait ended too early");
    }
    // Who will not take the ticket passes the signal on.
    if (held_[lock] == Held::kShared) guarded.changed.Signal();
  }

  // Once a program: it takes long. The child has what this thread holds, and
  // can acquire it again where it was alone.
  void Fork() {
    if (world_.has_forked.exchange(true)) return;
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    const pid_t child = fork();
    if (child == 0) {
      signal(SIGALRM, SIG_DFL);
      alarm(kLongestChild);
      const auto held = held_;
      ReleaseAll();
      for (int lock = 0; lock < kLocks; ++lock) {
        if (held[lock] == Held::kExclusively) Acquire(lock, held[lock]);
      }
      ReleaseAll();
      _exit(0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0) {
    }
    Expect(status == 0, "a child did not succeed");
    pthread_setcancelstate(state, nullptr);
  }

  World& world_;
  const std::vector<Step>& steps_;
  pthread_t thread_{};
  std::atomic<bool> ready_{false}, cancelled_{false};
  std::array<Held, kLocks> held_{};
  // How often it has acquired the recursive mutex again.
  int held_again_ = 0;
  std::array<int, kLocks> changes_{};
};

// So that nobody waits for what nobody will put.
void Close(World& world) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (Guarded& guarded : world.guardeds) {
    guarded.mutex.lock();
    guarded.closed = true;
    guarded.mutex.unlock();
    guarded.changed.SignalAll();
  }
}

void AwaitEnd(World& world) {
  absl::Duration watched;
  for (bool closed = false; world.finished < world.workers.size();) {
    const auto begin = steady_clock::now();
    // Nothing changes any more when all wait, but for those on their way.
    bool somebody_forgotten = false;
    for (const Guarded& guarded : world.guardeds) {
      somebody_forgotten |= guarded.SomebodyForgotten();
    }
    if (!closed && !somebody_forgotten &&
        world.finished + world.waiting == world.workers.size()) {
      Close(world);
      closed = true;
    }
    absl::SleepFor(absl::Microseconds(10));
    // If it was longer, the whole process was stopped, or its machine.
    watched += std::min(Since(begin), absl::Milliseconds(100));
    Expect(watched < kLongestProgram, "a thread waits for ever");
  }
}

template <typename Lock>
void ExpectFree(Lock& lock) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  Expect(lock.try_lock(), "a lock is not free at the end");
  lock.unlock();
}

void CheckEnd(World& world) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (int lock = 0; lock < kLocks; ++lock) {
    int changes = 0;
    for (const Worker& worker : world.workers) changes += worker.changes(lock);
    Expect(world.holders(lock).changes() == changes, "a change was lost");
  }
  for (Guarded& guarded : world.guardeds) {
    ExpectFree(guarded.mutex);
    Expect(guarded.mutex.try_lock_shared(),
           "a lock cannot be shared at the end");
    guarded.mutex.unlock_shared();
  }
  for (Plain<SpinLock>& spin : world.spins) ExpectFree(spin.lock);
  ExpectFree(world.recursive.lock);
}

void Run(const Program& program) {
  World world;
  for (const std::vector<Step>& steps : program)
    world.workers.emplace_back(&world, &steps);
  for (Worker& worker : world.workers) worker.Start();
  AwaitEnd(world);
  for (Worker& worker : world.workers) worker.Join();
  CheckEnd(world);
}

}  // namespace
}  // namespace slicelock::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  struct sigaction action {};
  action.sa_handler = slicelock::fuzz::HandleSignal;  // Without SA_RESTART.
  sigaction(SIGURG, &action, nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  slicelock::fuzz::Run(slicelock::fuzz::ToProgram(bytes, size));
  return 0;
}
