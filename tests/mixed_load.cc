#include "tests/mixed_load.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "locks/cond_var.h"
#include "locks/condition.h"
#include "locks/extended.h"
#include "locks/mutex.h"
#include "locks/recursive_mutex.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "rseq_abi/status.h"

namespace slicelock::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSignal = SIGURG;
constexpr int kPlaces = 3;

[[noreturn]] void Violate(const char* what, const char* where = "") {
  fflush(stdout);
  fprintf(stderr, "violated: %s%s\n", what, where);
  _Exit(EXIT_FAILURE);
}

void Expect(bool condition, const char* otherwise) {
  if (!condition) Violate(otherwise);
}

// What a lock guards: two numbers that holders find equal.
class Pair {
 public:
  void Change() {
    Look();
    first_ = first_ + 1;
    // Time for others to come in.
    for (int i = 0; i < 20; ++i) Look(/*difference=*/1);
    second_ = second_ + 1;
  }
  void Look(int64_t difference = 0) const {
    Expect(first_ - second_ == difference, "a holder is alone");
  }
  int64_t changes() const { return second_; }

 private:
  volatile int64_t first_ = 0, second_ = 0;
};

// Which lock of a place.
enum Guard {
  kSpinLock,
  kMutex,
  kRecursiveMutex,
  kExtended,
  kExtendedMutex,
  // By signal handlers, too; by them alone.
  kMutexOfHandlers,
  kSpinLockOfHandlers,
  kGuards,
};

// Some locks, and what they guard: a queue among it, as a number of items.
struct Place {
  static constexpr int kMostItems = 4;

  bool HasItem() const { return items > 0; }
  bool HasRoom() const { return items < kMostItems; }
  bool HasItemOrIsOver() const { return HasItem() || over; }
  bool HasRoomOrIsOver() const { return HasRoom() || over; }

  SpinLock spinlock;
  Mutex mutex;
  RecursiveMutex recursive_mutex;
  Extended<std::mutex> extended;
  // (ThreadSanitizer does not know all that std::shared_timed_mutex calls.)
  Extended<Mutex> extended_mutex;
  Mutex mutex_of_handlers;
  SpinLock spinlock_of_handlers;
  Pair pairs[kGuards];

  // Of the mutex. One is signalled to all, the others one by one. Each has four
  // bytes behind it, the last has the items: who writes too far loses some.
  alignas(8) CondVar changed, has_item, has_room;
  int items = 0;
  bool over = false;
};

// Two threads meet at one: the last to leave deletes it.
struct Meeting {
  Mutex mutex;
  int guests = 2;
};

// Waits with a limit, by what they need to end.
enum Wait {
  kTry,    // No more than the lock.
  kLater,  // The mutex, which has to be acquired before, or again.
  kWaits,
};

// So late is none for which no scheduler, or machine that stands still, is to
// blame. (A mutex makes rounds of up to 15 ms for each thread.)
constexpr absl::Duration kTooLate[kWaits] = {absl::Seconds(2),
                                             absl::Seconds(6)};

// What a thread has done, for others to read meanwhile.
class Figure {
 public:
  void Add() { Set(value() + 1); }
  void Raise(int64_t value) { Set(std::max(value, this->value())); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }

  std::atomic<int64_t> value_{0};
};

using Changes = std::array<std::array<int64_t, kGuards>, kPlaces>;

struct Operation;

// One of the threads.
struct Worker {
  std::thread thread;
  std::minstd_rand random;
  // Where it may wait without a limit, and whether it takes there what others
  // put, or puts what they take. Each place has threads of both kinds, so that
  // what is waited for comes.
  int home = 0;
  bool takes = false;
  std::atomic<const Operation*> operation{nullptr};
  std::vector<Figure> successes;
  Figure operations, signals;
  Changes changes{}, changes_by_handler{};
  int64_t put = 0, taken = 0;
  // In nanoseconds.
  Figure latest[kWaits];
};

// Sleeps for a millisecond, again and again: so it tells how late sleeps are,
// and how much time has passed in which threads could run.
class Metronome {
 public:
  Metronome() : thread_([this] { Run(); }) {}
  ~Metronome() {
    stop_ = true;
    thread_.join();
  }

  int64_t ticks() const { return ticks_.value(); }

  // The latest sleep so far, that of this moment included.
  absl::Duration latest() const {
    const int64_t ticks_before = ticks();
    while (ticks() < ticks_before + 2) absl::SleepFor(kTick);
    return absl::Nanoseconds(latest_.value());
  }

 private:
  static constexpr absl::Duration kTick = absl::Milliseconds(1);

  void Run() {
    while (!stop_) {
      const auto begin = Clock::now();
      absl::SleepFor(kTick);
      latest_.Raise(absl::ToInt64Nanoseconds(
          absl::FromChrono(Clock::now() - begin) - kTick));
      ticks_.Add();
    }
  }

  std::atomic<bool> stop_{false};
  // Late in nanoseconds.
  Figure ticks_, latest_;
  std::thread thread_;
};

}  // namespace

struct MixedLoad::Threads {
  void Run(Worker& worker);
  void ExpectAllChanges() const;

  // Of what a thread has done so often.
  template <typename F>
  int64_t Sum(F figure_of) const {
    int64_t sum = 0;
    for (const auto& worker : workers) sum += figure_of(*worker);
    return sum;
  }

  Place places[kPlaces];
  std::atomic<Meeting*> meeting{nullptr};
  std::vector<std::unique_ptr<Worker>> workers;
  std::atomic<bool> stop{false};
  std::atomic<int> running{0};
  size_t next_signal = 0;
  Metronome metronome;
  // As ExpectProgress() last saw them.
  struct Seen {
    int64_t operations;
    int64_t at_tick;
  };
  std::vector<Seen> seen;
};

// So many ticks without an operation are too many.
constexpr int64_t kStuck = 10'000;

namespace {

using Threads = MixedLoad::Threads;

// What an operation works with.
class Turn {
 public:
  Turn(Threads& threads, Worker& worker)
      : threads_(threads),
        worker_(worker),
        n_(static_cast<int>(worker.random() % kPlaces)),
        // One in thirty-two is longer than a turn of a mutex; some are over.
        limit_(absl::Microseconds(worker.random() % 32 == 0
                                      ? worker.random() % 20'000
                                      : worker.random() % 500) -
               absl::Microseconds(5)),
        end_(Clock::now() + absl::ToChronoNanoseconds(limit_)) {}

  Threads& threads() const { return threads_; }
  Worker& worker() const { return worker_; }
  Place& place() const { return threads_.places[n_]; }

  bool Change(Guard guard) const {
    place().pairs[guard].Change();
    ++worker_.changes[n_][guard];
    return true;
  }
  bool Look(Guard guard) const {
    place().pairs[guard].Look();
    return true;
  }

  // The limit of its waits, from when it began.
  absl::Duration limit() const { return limit_; }
  std::chrono::nanoseconds standard_limit() const {
    return absl::ToChronoNanoseconds(limit_);
  }
  Clock::time_point end() const { return end_; }
  absl::Time deadline() const { return absl::Now() + left(); }
  absl::Duration left() const { return absl::FromChrono(end_ - Clock::now()); }

  // Looks at when a wait with that limit has ended,
  void Ended(Wait wait) {
    const absl::Duration late = -left();
    worker_.latest[wait].Raise(absl::ToInt64Nanoseconds(late));
    if (late < kTooLate[wait]) return;
    Expect(late < kTooLate[wait] + threads_.metronome.latest(),
           "a wait ends at its time");
  }
  // ...and if it has ended by it. (Deadlines are times of another clock.)
  bool Expired(absl::Duration tolerance = absl::ZeroDuration()) const {
    Expect(left() <= tolerance, "no wait ends before its time");
    return false;
  }

  // To where the thread may wait without a limit.
  void GoHome() { n_ = worker_.home; }

 private:
  Threads& threads_;
  Worker& worker_;
  int n_;
  const absl::Duration limit_;
  const Clock::time_point end_;
};

constexpr absl::Duration kClocksDiffer = absl::Milliseconds(2);

// Operations: each returns whether it did what it is for.

// Locks of all kinds, in the standard's ways.

template <Guard guard, auto lock>
bool LockIt(Turn& turn) {
  const std::lock_guard held(turn.place().*lock);
  return turn.Change(guard);
}

template <Guard guard, auto lock>
bool TryLock(Turn& turn) {
  const std::unique_lock held(turn.place().*lock, std::try_to_lock);
  return held && turn.Change(guard);
}

template <Guard guard, auto lock>
bool TryLockFor(Turn& turn) {
  const std::unique_lock held(turn.place().*lock, turn.standard_limit());
  turn.Ended(kTry);
  return held ? turn.Change(guard) : turn.Expired();
}

template <Guard guard, auto lock>
bool TryLockUntil(Turn& turn) {
  const std::unique_lock held(turn.place().*lock, turn.end());
  turn.Ended(kTry);
  return held ? turn.Change(guard) : turn.Expired();
}

template <Guard guard, auto lock>
bool LockShared(Turn& turn) {
  const std::shared_lock held(turn.place().*lock);
  return turn.Look(guard);
}

template <Guard guard, auto lock>
bool TryLockShared(Turn& turn) {
  const std::shared_lock held(turn.place().*lock, std::try_to_lock);
  return held && turn.Look(guard);
}

template <Guard guard, auto lock>
bool TryLockSharedFor(Turn& turn) {
  const std::shared_lock held(turn.place().*lock, turn.standard_limit());
  turn.Ended(kTry);
  return held ? turn.Look(guard) : turn.Expired();
}

template <Guard guard, auto lock>
bool TryLockSharedUntil(Turn& turn) {
  const std::shared_lock held(turn.place().*lock, turn.end());
  turn.Ended(kTry);
  return held ? turn.Look(guard) : turn.Expired();
}

bool LockTwice(Turn& turn) {
  const std::lock_guard outer(turn.place().recursive_mutex);
  return LockIt<kRecursiveMutex, &Place::recursive_mutex>(turn);
}

bool LockMaybe(Turn& turn) {
  const bool needed = turn.worker().random() % 2 == 0;
  const MutexLockMaybe held(needed ? &turn.place().mutex : nullptr);
  return needed && turn.Change(kMutex);
}

bool ReleaseEarly(Turn& turn) {
  ReleasableMutexLock held(turn.place().mutex);
  turn.Change(kMutex);
  held.Release();
  return LockIt<kMutex, &Place::mutex>(turn);
}

// A lock within others, and within sections.
bool Nest(Turn& turn) {
  const SliceSection outer_section;
  const MutexLock outer_lock(turn.place().mutex);
  const SliceSection inner_section;
  return LockIt<kSpinLock, &Place::spinlock>(turn) && turn.Change(kMutex);
}

// The queue.

bool Put(Turn& turn) {
  Place& place = turn.place();
  ++place.items;
  ++turn.worker().put;
  place.has_item.Signal();
  place.changed.SignalAll();
  return turn.Change(kMutex);
}

bool Take(Turn& turn) {
  Place& place = turn.place();
  --place.items;
  ++turn.worker().taken;
  place.has_room.Signal();
  place.changed.SignalAll();
  return turn.Change(kMutex);
}

bool See(Turn& turn) { return turn.Look(kMutex); }

// What somebody waits for there, and what for.
struct End {
  using Predicate = bool (Place::*)() const;

  Condition IsReady(const Place& place) const { return {&place, ready}; }
  Condition IsReadyOrOver(const Place& place) const {
    return {&place, ready_or_over};
  }

  Predicate ready, ready_or_over;
  CondVar Place::*signal;
  bool (*act)(Turn&);
};

constexpr End kPut{&Place::HasRoom, &Place::HasRoomOrIsOver, &Place::has_room,
                   &Put};
constexpr End kTake{&Place::HasItem, &Place::HasItemOrIsOver, &Place::has_item,
                    &Take};
constexpr End kSee{&Place::HasItem, &Place::HasItemOrIsOver, &Place::changed,
                   &See};

// How the mutex is held for it.
struct Alone {
  using Lock = std::unique_lock<Mutex>;
  static constexpr auto kLockWhenWithTimeout = &Mutex::LockWhenWithTimeout;
  static constexpr auto kLockWhenWithDeadline = &Mutex::LockWhenWithDeadline;
};

struct Shared {
  using Lock = std::shared_lock<Mutex>;
  static constexpr auto kLockWhenWithTimeout =
      &Mutex::ReaderLockWhenWithTimeout;
  static constexpr auto kLockWhenWithDeadline =
      &Mutex::ReaderLockWhenWithDeadline;
};

// After a wait for `end` with the mutex held, that was said to have been
// successful or not.
template <const End& end>
bool ActIf(bool ready, Turn& turn) {
  turn.Ended(kLater);
  Expect(ready == (turn.place().*end.ready)(), "a condition is as it is said");
  return ready ? end.act(turn) : turn.Expired(kClocksDiffer);
}

template <const End& end, typename Hold = Alone>
bool AwaitWithTimeout(Turn& turn) {
  const typename Hold::Lock held(turn.place().mutex);
  return ActIf<end>(turn.place().mutex.AwaitWithTimeout(
                        end.IsReady(turn.place()), turn.limit()),
                    turn);
}

template <const End& end, typename Hold = Alone>
bool AwaitWithDeadline(Turn& turn) {
  const typename Hold::Lock held(turn.place().mutex);
  return ActIf<end>(turn.place().mutex.AwaitWithDeadline(
                        end.IsReady(turn.place()), turn.deadline()),
                    turn);
}

template <const End& end, typename Hold = Alone>
bool LockWhenWithTimeout(Turn& turn) {
  Mutex& mutex = turn.place().mutex;
  const bool ready = (mutex.*Hold::kLockWhenWithTimeout)(
      end.IsReady(turn.place()), turn.limit());
  const typename Hold::Lock held(mutex, std::adopt_lock);
  return ActIf<end>(ready, turn);
}

template <const End& end, typename Hold = Alone>
bool LockWhenWithDeadline(Turn& turn) {
  Mutex& mutex = turn.place().mutex;
  const bool ready = (mutex.*Hold::kLockWhenWithDeadline)(
      end.IsReady(turn.place()), turn.deadline());
  const typename Hold::Lock held(mutex, std::adopt_lock);
  return ActIf<end>(ready, turn);
}

// `is_over` waits for a signal, and returns whether the time was over.
template <const End& end, typename Hold, typename F>
bool WaitUnlessOver(Turn& turn, F is_over) {
  Place& place = turn.place();
  const typename Hold::Lock held(place.mutex);
  while (!(place.*end.ready)() && !is_over(place.*end.signal, &place.mutex)) {
  }
  return ActIf<end>((place.*end.ready)(), turn);
}

template <const End& end, typename Hold = Alone>
bool WaitWithTimeout(Turn& turn) {
  return WaitUnlessOver<end, Hold>(turn, [&](CondVar& signal, Mutex* mutex) {
    return signal.WaitWithTimeout(mutex, turn.left());
  });
}

template <const End& end, typename Hold = Alone>
bool WaitWithDeadline(Turn& turn) {
  return WaitUnlessOver<end, Hold>(turn, [&](CondVar& signal, Mutex* mutex) {
    return signal.WaitWithDeadline(mutex, turn.deadline());
  });
}

// Without a limit, where what is waited for comes: else with one.

template <const End& end>
bool MayWaitForEver(Turn& turn) {
  if (turn.worker().takes == (&end == &kPut)) return false;
  turn.GoHome();
  return true;
}

template <const End& end>
bool ActUnlessOver(Turn& turn) {
  const bool ready = (turn.place().*end.ready)();
  Expect(ready || turn.place().over, "a wait ends when its condition holds");
  return ready && end.act(turn);
}

template <const End& end, typename Hold = Alone>
bool Await(Turn& turn) {
  if (!MayWaitForEver<end>(turn)) return AwaitWithTimeout<end, Hold>(turn);
  const typename Hold::Lock held(turn.place().mutex);
  turn.place().mutex.Await(end.IsReadyOrOver(turn.place()));
  return ActUnlessOver<end>(turn);
}

template <const End& end, typename Lock, typename Hold = Alone>
bool LockWhen(Turn& turn) {
  if (!MayWaitForEver<end>(turn)) return LockWhenWithTimeout<end, Hold>(turn);
  const Lock held(turn.place().mutex, end.IsReadyOrOver(turn.place()));
  return ActUnlessOver<end>(turn);
}

template <const End& end, typename Hold = Alone>
bool WaitForSignal(Turn& turn) {
  if (!MayWaitForEver<end>(turn)) return WaitWithDeadline<end, Hold>(turn);
  Place& place = turn.place();
  const typename Hold::Lock held(place.mutex);
  while (!(place.*end.ready_or_over)()) {
    (place.*end.signal).Wait(&place.mutex);
  }
  return ActUnlessOver<end>(turn);
}

// The lives of locks and threads.

bool Meet(Turn& turn) {
  std::atomic<Meeting*>& there = turn.threads().meeting;
  Meeting* meeting = there.exchange(nullptr);
  if (meeting == nullptr) {
    auto mine = std::make_unique<Meeting>();
    if (!there.compare_exchange_strong(meeting, mine.get())) return false;
    meeting = mine.release();
  }
  meeting->mutex.lock();
  const bool last = --meeting->guests == 0;
  meeting->mutex.unlock();
  if (last) delete meeting;
  return true;
}

// For as long as it lives, the thread, and those it starts, get no signals.
class SignalsHeldBack {
 public:
  SignalsHeldBack() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, kSignal);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  ~SignalsHeldBack() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

bool LockInNewThread(Turn& turn) {
  // In pthread_join() ThreadSanitizer runs handlers at once, also where it
  // frees memory: it may crash, or wait for ever for what it holds itself.
  // (github.com/google/sanitizers/issues/1540)
  const SignalsHeldBack signals_held_back;
  std::thread([&turn] { LockIt<kMutex, &Place::mutex>(turn); }).join();
  return true;
}

struct Operation {
  const char* name;
  bool (*run)(Turn&);
  // How often it is done, compared with others.
  int weight = 20;
};

// All that block, try or release, each under one of its names.
constexpr Operation kOperations[] = {
    {"SpinLock lock", LockIt<kSpinLock, &Place::spinlock>},
    {"SpinLock try_lock", TryLock<kSpinLock, &Place::spinlock>},
    {"lock", LockIt<kMutex, &Place::mutex>},
    {"try_lock", TryLock<kMutex, &Place::mutex>},
    {"try_lock_for", TryLockFor<kMutex, &Place::mutex>},
    {"try_lock_until", TryLockUntil<kMutex, &Place::mutex>},
    {"lock_shared", LockShared<kMutex, &Place::mutex>},
    {"try_lock_shared", TryLockShared<kMutex, &Place::mutex>},
    {"try_lock_shared_for", TryLockSharedFor<kMutex, &Place::mutex>},
    {"try_lock_shared_until", TryLockSharedUntil<kMutex, &Place::mutex>},
    {"MutexLockMaybe", LockMaybe},
    {"ReleasableMutexLock", ReleaseEarly},
    {"RecursiveMutex lock", LockTwice},
    {"RecursiveMutex try_lock",
     TryLock<kRecursiveMutex, &Place::recursive_mutex>},
    {"RecursiveMutex try_lock_for",
     TryLockFor<kRecursiveMutex, &Place::recursive_mutex>},
    {"RecursiveMutex try_lock_until",
     TryLockUntil<kRecursiveMutex, &Place::recursive_mutex>},
    {"Extended lock", LockIt<kExtended, &Place::extended>},
    {"Extended try_lock", TryLock<kExtended, &Place::extended>},
    {"Extended<Mutex> lock", LockIt<kExtendedMutex, &Place::extended_mutex>},
    {"Extended<Mutex> try_lock_for",
     TryLockFor<kExtendedMutex, &Place::extended_mutex>},
    {"Extended<Mutex> try_lock_until",
     TryLockUntil<kExtendedMutex, &Place::extended_mutex>},
    {"Extended<Mutex> lock_shared",
     LockShared<kExtendedMutex, &Place::extended_mutex>},
    {"Extended<Mutex> try_lock_shared",
     TryLockShared<kExtendedMutex, &Place::extended_mutex>},
    {"Extended<Mutex> try_lock_shared_for",
     TryLockSharedFor<kExtendedMutex, &Place::extended_mutex>},
    {"Extended<Mutex> try_lock_shared_until",
     TryLockSharedUntil<kExtendedMutex, &Place::extended_mutex>},
    {"handlers' Mutex lock",
     LockIt<kMutexOfHandlers, &Place::mutex_of_handlers>},
    {"handlers' Mutex try_lock_for",
     TryLockFor<kMutexOfHandlers, &Place::mutex_of_handlers>},
    {"nested locks and sections", Nest},
    {"AwaitWithTimeout for room", AwaitWithTimeout<kPut>},
    {"AwaitWithTimeout for an item", AwaitWithTimeout<kTake>},
    {"AwaitWithTimeout to see one", AwaitWithTimeout<kSee, Shared>},
    {"AwaitWithDeadline for room", AwaitWithDeadline<kPut>},
    {"AwaitWithDeadline for an item", AwaitWithDeadline<kTake>},
    {"AwaitWithDeadline to see one", AwaitWithDeadline<kSee, Shared>},
    {"LockWhenWithTimeout for room", LockWhenWithTimeout<kPut>},
    {"LockWhenWithTimeout for an item", LockWhenWithTimeout<kTake>},
    {"ReaderLockWhenWithTimeout", LockWhenWithTimeout<kSee, Shared>},
    {"LockWhenWithDeadline for room", LockWhenWithDeadline<kPut>},
    {"LockWhenWithDeadline for an item", LockWhenWithDeadline<kTake>},
    {"ReaderLockWhenWithDeadline", LockWhenWithDeadline<kSee, Shared>},
    {"WaitWithTimeout for room", WaitWithTimeout<kPut>},
    {"WaitWithTimeout for an item", WaitWithTimeout<kTake>},
    {"WaitWithTimeout to see one", WaitWithTimeout<kSee, Shared>},
    {"WaitWithDeadline for room", WaitWithDeadline<kPut>},
    {"WaitWithDeadline for an item", WaitWithDeadline<kTake>},
    {"WaitWithDeadline to see one", WaitWithDeadline<kSee, Shared>},
    {"Await for room", Await<kPut>},
    {"Await for an item", Await<kTake>},
    {"Await to see one", Await<kSee, Shared>},
    {"MutexLock for room", LockWhen<kPut, MutexLock>},
    {"MutexLock for an item", LockWhen<kTake, MutexLock>},
    {"MutexLockMaybe for room", LockWhen<kPut, MutexLockMaybe>},
    {"ReleasableMutexLock for an item", LockWhen<kTake, ReleasableMutexLock>},
    {"ReaderMutexLock to see one", LockWhen<kSee, ReaderMutexLock, Shared>},
    {"Wait for room", WaitForSignal<kPut>},
    {"Wait for an item", WaitForSignal<kTake>},
    {"Wait to see one", WaitForSignal<kSee, Shared>},
    {"the last unlock of a Mutex", Meet},
    {"lock in a new thread", LockInNewThread, 2},
};

// Handlers.

thread_local Threads* threads_of_handler = nullptr;
thread_local Worker* worker_of_handler = nullptr;

void Handle(int) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (worker_of_handler == nullptr) return;
  Worker& worker = *worker_of_handler;
  worker.signals.Add();
  const auto n = static_cast<int>(worker.signals.value() % kPlaces);
  Place& place = threads_of_handler->places[n];
  const auto change = [&](Guard guard) {
    place.pairs[guard].Change();
    ++worker.changes_by_handler[n][guard];
  };
  if (place.mutex_of_handlers.try_lock()) {
    change(kMutexOfHandlers);
    place.mutex_of_handlers.unlock();
  }
  if (place.mutex_of_handlers.try_lock_shared()) {
    place.pairs[kMutexOfHandlers].Look();
    place.mutex_of_handlers.unlock_shared();
  }
  place.spinlock_of_handlers.lock();
  change(kSpinLockOfHandlers);
  place.spinlock_of_handlers.unlock();
}

void CatchSignals() {
  struct sigaction action = {};
  action.sa_handler = Handle;  // Without SA_RESTART: sleeps end early.
  sigaction(kSignal, &action, nullptr);
}

}  // namespace

void MixedLoad::Threads::Run(Worker& worker) {
  GetStatus();  // A handler may not be the first to lock.
  threads_of_handler = this;
  worker_of_handler = &worker;
  std::vector<int> weights;
  for (const Operation& operation : kOperations) {
    weights.push_back(operation.weight);
  }
  std::discrete_distribution<size_t> next(weights.begin(), weights.end());
  while (!stop.load(std::memory_order_relaxed)) {
    const size_t i = next(worker.random);
    worker.operation = &kOperations[i];
    Turn turn(*this, worker);
    if (kOperations[i].run(turn)) worker.successes[i].Add();
    worker.operations.Add();
  }
  worker.operation = nullptr;
  worker_of_handler = nullptr;
  --running;
}

MixedLoad::MixedLoad(int threads) : threads_(std::make_unique<Threads>()) {
  CatchSignals();
  threads = std::max(threads, kFewestThreads);
  threads_->running = threads;
  threads_->seen.resize(threads);
  for (int i = 0; i < threads; ++i) {
    auto& worker = *threads_->workers.emplace_back(std::make_unique<Worker>());
    worker.random.seed(i + 1);
    worker.home = i / 2 % kPlaces;
    worker.takes = i % 2 != 0;
    worker.successes = std::vector<Figure>(std::size(kOperations));
  }
  for (const auto& worker : threads_->workers) {
    worker->thread = std::thread([this, &w = *worker] { threads_->Run(w); });
  }
}

MixedLoad::~MixedLoad() = default;

void MixedLoad::Interrupt() {
  const auto& workers = threads_->workers;
  const auto& next = workers[threads_->next_signal++ % workers.size()];
  pthread_kill(next->thread.native_handle(), kSignal);
}

void MixedLoad::ExpectProgress() {
  const int64_t tick = threads_->metronome.ticks();
  for (size_t i = 0; i < threads_->seen.size(); ++i) {
    const Worker& worker = *threads_->workers[i];
    Threads::Seen& seen = threads_->seen[i];
    const int64_t operations = worker.operations.value();
    if (operations != seen.operations) {
      seen = {operations, tick};
    } else if (tick - seen.at_tick >= kStuck) {
      const Operation* const operation = worker.operation;
      Violate("no thread is stuck; one is at ",
              operation == nullptr ? "its end" : operation->name);
    }
  }
}

void MixedLoad::Stop() {
  threads_->stop = true;
  for (Place& place : threads_->places) {
    {
      const MutexLock held(place.mutex);
      place.over = true;
    }
    for (CondVar* signal : {&place.has_item, &place.has_room, &place.changed}) {
      signal->SignalAll();
    }
  }
  while (threads_->running > 0) {
    ExpectProgress();
    absl::SleepFor(absl::Milliseconds(1));
  }
  for (const auto& worker : threads_->workers) worker->thread.join();
  delete threads_->meeting.exchange(nullptr);
  threads_->ExpectAllChanges();
}

void MixedLoad::Threads::ExpectAllChanges() const {
  int64_t items = 0;
  for (int n = 0; n < kPlaces; ++n) {
    for (int guard = 0; guard < kGuards; ++guard) {
      Expect(places[n].pairs[guard].changes() == Sum([&](const Worker& worker) {
               return worker.changes[n][guard] +
                      worker.changes_by_handler[n][guard];
             }),
             "no change is lost");
    }
    items += places[n].items;
  }
  Expect(items == Sum([](const Worker& w) { return w.put - w.taken; }),
         "no item is lost");
  for (size_t i = 0; i < std::size(kOperations); ++i) {
    if (Sum([i](const Worker& w) { return w.successes[i].value(); }) == 0) {
      Violate("each operation succeeds now and then; never did: ",
              kOperations[i].name);
    }
  }
}

int64_t MixedLoad::operations() const {
  return threads_->Sum([](const Worker& w) { return w.operations.value(); });
}

int64_t MixedLoad::signals() const {
  return threads_->Sum([](const Worker& w) { return w.signals.value(); });
}

std::string MixedLoad::Summary() const {
  const auto latest = [this](Wait wait) {
    Figure of_all;
    for (const auto& worker : threads_->workers) {
      of_all.Raise(worker->latest[wait].value());
    }
    return absl::Nanoseconds(of_all.value());
  };
  return absl::StrFormat(
      "%d threads, %d operations, %d signals; late at most: tries %d ms, "
      "conditions %d ms, sleeps %d ms",
      threads_->workers.size(), operations(), signals(),
      absl::ToInt64Milliseconds(latest(kTry)),
      absl::ToInt64Milliseconds(latest(kLater)),
      absl::ToInt64Milliseconds(threads_->metronome.latest()));
}

}  // namespace slicelock::testing
