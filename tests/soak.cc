// All operations of the locks, mixed over threads and locks, for as long as one
// likes, with signals all the time:
//
//   soak --minutes=60
//
// Prints a line every ten seconds and one at the end. Ends with 1 at the first
// invariant that does not hold, or when a thread has made no progress for half
// a minute.

#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "locks/cond_var.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/status.h"

ABSL_FLAG(double, minutes, 1, "for how long");
ABSL_FLAG(int, threads, 8, "how many threads");

namespace slicelock {
namespace {

constexpr int kLocks = 3;
constexpr absl::Duration kReport = absl::Seconds(10);
constexpr absl::Duration kStuck = absl::Seconds(30);

[[noreturn]] void Violate(const char* what) {
  fprintf(stderr, "soak: violated: %s\n", what);
  fflush(stdout);
  _Exit(1);
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
    Expect(first_ - second_ == difference, "a holder is not alone");
  }
  int64_t changes() const { return second_; }

 private:
  volatile int64_t first_ = 0, second_ = 0;
};

struct Spin {
  SpinLock lock;
  Pair pair;
};

// With a queue, as a number of items: never more than kMostItems.
struct Guarded {
  static constexpr int kMostItems = 4;

  bool HasItem() { return items > 0; }
  bool HasRoom() { return items < kMostItems; }

  Mutex mutex;
  CondVar changed;
  Pair pair;
  int items = 0;
};

struct Worker {
  std::thread thread;
  std::atomic<int64_t> operations{0};
  // By this thread.
  std::array<int64_t, kLocks> spin_changes{}, mutex_changes{};
  int64_t put = 0, taken = 0;
  // As the reporter last saw it.
  int64_t seen = 0;
  absl::Time seen_at = absl::Now();
};

class Soak {
 public:
  // Returns an exit status.
  int Run(absl::Duration time, int threads) {
    const absl::Time begin = absl::Now(), end = begin + time;
    for (int i = 0; i < threads; ++i)
      workers_.push_back(std::make_unique<Worker>());
    for (int i = 0; i < threads; ++i) {
      Worker* const worker = workers_[i].get();
      worker->seen_at = begin;
      worker->thread = std::thread([this, worker, i] { Work(*worker, i); });
    }
    absl::Time report_at = begin + kReport;
    while (absl::Now() < end) {
      absl::SleepFor(absl::Milliseconds(1));
      // Sleeps and grants end early.
      pthread_kill(workers_[signals_++ % threads]->thread.native_handle(),
                   SIGURG);
      if (absl::Now() < report_at) continue;
      report_at += kReport;
      LookForProgress();
      printf("%4.0f s: %lld operations\n",
             absl::ToDoubleSeconds(absl::Now() - begin), Operations());
      fflush(stdout);
    }
    stop_ = true;
    for (const auto& worker : workers_) worker->thread.join();
    CheckCounts();
    printf(
        "No violation in %.0f s: %d threads, %lld operations, %lld signals, "
        "%s\n",
        absl::ToDoubleSeconds(absl::Now() - begin), threads, Operations(),
        static_cast<long long>(signals_),
        GetStatus().on() ? "extensions on" : "extensions off");
    return 0;
  }

 private:
  long long Operations() const {
    long long sum = 0;
    for (const auto& worker : workers_) sum += worker->operations;
    return sum;
  }

  void LookForProgress() {
    for (const auto& worker : workers_) {
      const int64_t operations = worker->operations;
      if (operations != worker->seen) {
        worker->seen = operations;
        worker->seen_at = absl::Now();
      }
      Expect(absl::Now() - worker->seen_at < kStuck, "a thread is stuck");
    }
  }

  void Work(Worker& worker, int seed) {
    std::minstd_rand random(static_cast<uint32_t>(seed + 1));
    while (!stop_.load(std::memory_order_relaxed)) {
      const int n = static_cast<int>(random() % kLocks);
      UseSpinLock(worker, n, random() % 2 == 0);
      UseMutex(worker, n, static_cast<int>(random() % 9),
               absl::Microseconds(random() % 500));
      worker.operations.fetch_add(2, std::memory_order_relaxed);
    }
  }

  void UseSpinLock(Worker& worker, int n,
                   bool by_try) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    Spin& spin = spins_[n];
    if (by_try) {
      if (!spin.lock.try_lock()) return;
    } else {
      spin.lock.lock();
    }
    spin.pair.Change();
    ++worker.spin_changes[n];
    spin.lock.unlock();
  }

  void UseMutex(Worker& worker, int n, int how,
                absl::Duration limit) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    Guarded& guarded = guarded_[n];
    Mutex& mutex = guarded.mutex;
    const auto change = [&] {
      guarded.pair.Change();
      ++worker.mutex_changes[n];
    };
    const auto standard_limit = absl::ToChronoNanoseconds(limit);
    switch (how) {
      case 0: {
        MutexLock lock(mutex);
        return change();
      }
      case 1:
        if (!mutex.try_lock()) return;
        change();
        return mutex.unlock();
      case 2:
        if (!mutex.try_lock_for(standard_limit)) return;
        change();
        return mutex.unlock();
      case 3:
        mutex.lock_shared();
        guarded.pair.Look();
        return mutex.unlock_shared();
      case 4:
        if (!mutex.try_lock_shared()) return;
        guarded.pair.Look();
        return mutex.unlock_shared();
      case 5:
        if (!mutex.try_lock_shared_for(standard_limit)) return;
        guarded.pair.Look();
        return mutex.unlock_shared();
      case 6: {  // One lock in another.
        MutexLock lock(mutex);
        UseSpinLock(worker, n, false);
        return change();
      }
      case 7: {
        MutexLock lock(mutex);
        const bool room = mutex.AwaitWithTimeout(
            Condition(&guarded, &Guarded::HasRoom), limit);
        Expect(room == guarded.HasRoom(), "a condition was misreported");
        if (!room) return;
        ++guarded.items;
        ++worker.put;
        return guarded.changed.Signal();
      }
      default: {
        MutexLock lock(mutex);
        const absl::Time until = absl::Now() + limit;
        while (!guarded.HasItem()) {
          if (guarded.changed.WaitWithDeadline(&mutex, until)) break;
        }
        if (!guarded.HasItem()) return;
        --guarded.items;
        ++worker.taken;
      }
    }
  }

  void CheckCounts() const {
    int64_t left = 0;
    for (int n = 0; n < kLocks; ++n) {
      int64_t spin = 0, mutex = 0;
      for (const auto& worker : workers_) {
        spin += worker->spin_changes[n];
        mutex += worker->mutex_changes[n];
      }
      Expect(spins_[n].pair.changes() == spin, "a SpinLock's change was lost");
      Expect(guarded_[n].pair.changes() == mutex, "a Mutex's change was lost");
      left += guarded_[n].items;
    }
    for (const auto& worker : workers_) left += worker->taken - worker->put;
    Expect(left == 0, "an item was lost");
  }

  Spin spins_[kLocks];
  Guarded guarded_[kLocks];
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> stop_{false};
  int64_t signals_ = 0;
};

}  // namespace
}  // namespace slicelock

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  struct sigaction action {};
  action.sa_handler = [](int) {};  // Without SA_RESTART.
  sigaction(SIGURG, &action, nullptr);
  return slicelock::Soak().Run(absl::Minutes(absl::GetFlag(FLAGS_minutes)),
                               absl::GetFlag(FLAGS_threads));
}
