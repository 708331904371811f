// One cell of the matrix: threads that contend for a lock, with the C library
// and the rseq areas that they find themselves with.
//
//   cell [foreign]
//
// prints their status, the grants they found, and the version of glibc or "-",
// in one line. With "foreign", another library registers an area for each
// thread first.
//
// It needs no C++ runtime library, since there is none for musl.

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "locks/core/platform.h"
#include "locks/core/raw_lock.h"
#include "rseq_abi/c_library.h"
#include "rseq_abi/counters.h"
#include "rseq_abi/status.h"
#include "rseq_abi/status_name.h"
#include "tests/coexistence/foreign_library.h"

namespace slicelock {
namespace {

constexpr int kThreads = 16;
constexpr int kIncrements = 300;

constexpr long kPauseNanoseconds = 10'000'000;
constexpr int kPausesAtLeast = 10;
constexpr int kPausesForAGrant = 1000;

struct Work {
  bool foreign_first = false;
  std::atomic<bool> stop{false};
  // What Mutex and SpinLock are made of; beside them there is more than musl's
  // programs can have here.
  RawLock<LinuxPlatform> lock;
  volatile int64_t counter = 0;  // Volatile: one increment after the other.
};

struct Worker {
  Work* work = nullptr;
  pthread_t thread{};
  int64_t acquisitions = 0;
  StatusCode status{};
};

[[noreturn]] void Fail(const char* complaint) {
  fprintf(stderr, "cell: %s\n", complaint);
  exit(EXIT_FAILURE);
}

// However many CPUs there are: so that threads are preempted.
void RunOnTwoCpus() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  cpu_set_t two;
  CPU_ZERO(&two);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&two) < 2; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &two);
  }
  sched_setaffinity(0, sizeof(two), &two);
}

void LetForeignLibraryRegister() {
  if (foreign::RegisterThread()) return;
  Fail("the foreign library was not the first to register");
}

void* Run(void* argument) {
  Worker& self = *static_cast<Worker*>(argument);
  Work& work = *self.work;
  if (work.foreign_first) LetForeignLibraryRegister();
  self.status = GetStatus().code();
  do {
    work.lock.lock();
    for (int i = 0; i < kIncrements; ++i) work.counter = work.counter + 1;
    ++self.acquisitions;
    work.lock.unlock();
  } while (!work.stop.load(std::memory_order_relaxed));
  if (work.foreign_first && !foreign::AreaIsIntact()) {
    Fail("the foreign library's area was taken away or written to");
  }
  return nullptr;
}

uint64_t Grants() { return GetProcessSliceCounters().grants; }

// For as long as a grant takes, where one is due.
void WaitForGrant(bool due) {
  const timespec pause = {0, kPauseNanoseconds};
  for (int i = 0; i < kPausesForAGrant; ++i) {
    if (i >= kPausesAtLeast && (!due || Grants() > 0)) return;
    nanosleep(&pause, nullptr);
  }
}

void Start(Work& work, Worker (&workers)[kThreads]) {
  for (Worker& worker : workers) {
    worker.work = &work;
    if (pthread_create(&worker.thread, nullptr, Run, &worker) != 0) {
      Fail("cannot start a thread");
    }
  }
}

void Stop(Work& work, Worker (&workers)[kThreads]) {
  work.stop = true;
  for (Worker& worker : workers) pthread_join(worker.thread, nullptr);
}

void Check(Status status, const Work& work, const Worker (&workers)[kThreads]) {
  int64_t acquisitions = 0;
  for (const Worker& worker : workers) {
    acquisitions += worker.acquisitions;
    if (worker.status != status.code()) Fail("threads differ in their status");
  }
  if (work.counter != acquisitions * kIncrements) Fail("holders overlapped");
}

void Main(bool foreign_first) {
  RunOnTwoCpus();
  if (foreign_first) LetForeignLibraryRegister();
  Work work;
  work.foreign_first = foreign_first;
  Worker workers[kThreads];
  Start(work, workers);
  // Not before: glibc registers no area for a thread that is started by one
  // from which an area was taken over.
  const Status status = GetStatus();
  WaitForGrant(/*due=*/status.on());
  Stop(work, workers);
  Check(status, work, workers);
  const char* const glibc = rseq_abi::GlibcVersion();
  printf("%s %llu %s\n", rseq_abi::StatusName(status.code()),
         static_cast<unsigned long long>(Grants()),
         glibc == nullptr ? "-" : glibc);
}

}  // namespace
}  // namespace slicelock

int main(int argc, char** argv) {
  slicelock::Main(argc > 1 && strcmp(argv[1], "foreign") == 0);
}
