#include "tests/faults/faults.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/faults/futex_waits.h"
#include "tests/faults/injection.h"
#include "tests/faults/setting.h"
#include "tests/kernel/text_file.h"
#include "tests/seccomp.h"

namespace slicelock::testing {
namespace {

using kernel::ReadTextFile;

constexpr long kSysRseqSliceYield = 471;

constexpr absl::Duration kSoon = absl::Milliseconds(1);

absl::Duration Random(int64_t most_microseconds) {
  static std::minstd_rand random;
  return absl::Microseconds(random() % most_microseconds);
}

// The threads of this process, but for the calling one.
std::vector<pid_t> OtherThreads() {
  std::vector<pid_t> threads;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/self/task")) {
    pid_t thread = 0;
    if (absl::SimpleAtoi(task.path().filename().string(), &thread) &&
        thread != gettid()) {
      threads.push_back(thread);
    }
  }
  return threads;
}

// What is done to threads by a signal, wherever they are. Counts in `done`.
std::atomic<int64_t> done{0};

void InterruptBy(void (*handler)(int), int thread) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  syscall(SYS_tgkill, getpid(), thread, SIGUSR1);
}

int64_t DoNothing(Injection& injection) {
  while (injection.GoOn(absl::Milliseconds(10))) {
  }
  return injection.load().operations();
}

int64_t SendSignals(Injection& injection) {
  while (injection.GoOn(absl::ZeroDuration())) {
    for (int i = 0; i < 100; ++i) injection.load().Interrupt();
  }
  return injection.load().signals();
}

void HoldUp(int) {
  const int error = errno;
  constexpr timespec kTime = {0, 10'000'000};
  if (nanosleep(&kTime, nullptr) == 0) ++done;
  errno = error;
}

int64_t HoldUpThreads(Injection& injection) {
  done = 0;
  while (injection.GoOn(Random(5'000))) {
    const auto threads = OtherThreads();
    if (!threads.empty()) InterruptBy(HoldUp, threads[done % threads.size()]);
  }
  return done;
}

bool IsStopped(pid_t process) {
  return absl::StrContains(
      ReadTextFile(absl::StrCat("/proc/", process, "/stat")), ") T ");
}

// What the process that is stopped and the one that stops it share.
struct Stops {
  std::atomic<int64_t> count{0};
  std::atomic<bool> over{false};
};

[[noreturn]] void StopAndContinue(pid_t process, Stops& stops) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (!stops.over && getppid() == process) {
    kill(process, SIGSTOP);
    while (!IsStopped(process) && getppid() == process) absl::SleepFor(kSoon);
    ++stops.count;
    absl::SleepFor(Random(50'000));
    kill(process, SIGCONT);
    absl::SleepFor(Random(50'000));
  }
  _exit(EXIT_SUCCESS);
}

int64_t StopProcess(Injection& injection) {
  void* const shared = mmap(nullptr, sizeof(Stops), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Stops& stops = *new (shared) Stops;
  const pid_t process = getpid();
  const pid_t stopper = fork();
  if (stopper == 0) StopAndContinue(process, stops);
  while (injection.GoOn(kSoon)) {
  }
  stops.over = true;
  waitpid(stopper, nullptr, 0);
  return stops.count;
}

// Counts the threads for which the calls are refused.
template <int error>
int64_t RefuseSystemCallsLate(Injection& injection) {
  static constexpr std::initializer_list<long> kCalls = {
      kSysRseqSliceYield, SYS_prctl, SYS_membarrier};
  injection.GoOn(absl::Seconds(1));
  RefuseSystemCallsEverywhere(kCalls, error);
  for (const long call : kCalls) {
    if (syscall(call, 0, 0, 0, 0, 0) != -1 || errno != error) return 0;
  }
  int64_t threads = 0;
  for (const pid_t thread : OtherThreads()) {
    threads += absl::StrContains(
        ReadTextFile(absl::StrCat("/proc/self/task/", thread, "/status")),
        "Seccomp:\t2");
  }
  while (injection.GoOn(kSoon)) {
  }
  return threads;
}

template <int... answers>
int64_t AnswerFutexWaits(Injection& injection) {
  FutexWaits& waits = FutexWaits::AnswerAll({answers...});
  while (injection.GoOn(kSoon)) {
  }
  waits.AllowAll();
  return waits.answered();
}

// Of the machine.

// Sets it to one value after the other, and counts how often that succeeded.
int64_t ChangeSetting(Injection& injection, const char* setting,
                      const std::vector<std::string>& values) {
  int64_t changes = 0;
  for (size_t i = 0; injection.GoOn(Random(50'000)); ++i) {
    changes += SetSetting(setting, values[i % values.size()]);
  }
  return changes;
}

int64_t UnplugProcessor(Injection& injection) {
  return ChangeSetting(injection, kSecondProcessor, {"0", "1"});
}

int64_t ChangeExtensionLength(Injection& injection) {
  return ChangeSetting(injection, kExtensionLength,
                       {"5000", "50000", "20000", "7000"});
}

// In the midst of sections as well; and on again, so that grants come.
void SwitchExtension(int) {
  constexpr int kPrRseqSliceExtension = 79;
  constexpr int kSet = 2;
  constexpr int kOff = 0, kOn = 1;
  static thread_local bool on = true;
  const int error = errno;
  on = !on;
  if (prctl(kPrRseqSliceExtension, kSet, on ? kOn : kOff, 0, 0) == 0) ++done;
  errno = error;
}

int64_t SwitchExtensions(Injection& injection) {
  done = 0;
  while (injection.GoOn(kSoon)) {
    for (const pid_t thread : OtherThreads()) {
      InterruptBy(SwitchExtension, thread);
    }
  }
  return done;
}

// Takes memory until the kernel ends it.
[[noreturn]] void TakeMemory() {
  constexpr size_t kPiece = 2 << 20;
  constexpr int kMostUrgent = -20;
  setpriority(PRIO_PROCESS, 0, kMostUrgent);
  SetSetting("/proc/self/oom_score_adj", "1000");
  for (;;) {
    void* const piece =
        mmap(nullptr, kPiece, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (piece != MAP_FAILED) memset(piece, 1, kPiece);
  }
}

// Before that, the kernel takes back pages that it can read again: of the
// load's code, too.
int64_t TakeAllMemory(Injection& injection) {
  int64_t kills = 0;
  while (injection.GoOn(kSoon)) {
    const pid_t child = fork();
    if (child == 0) TakeMemory();
    int status = 0;
    waitpid(child, &status, 0);
    kills += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    std::ofstream("/proc/sys/vm/drop_caches") << "3";
  }
  return kills;
}

}  // namespace

std::vector<Fault> FaultsOfProcess() {
  constexpr int kWoken = FutexWaits::kWoken;
  constexpr int kAllowed = FutexWaits::kAllowed;
  return {
      {"None", DoNothing, "operations", 1000},
      {"SignalsAllTheTime", SendSignals, "signals handled", 1000},
      {"ThreadsHeldUp", HoldUpThreads, "threads held up for 10 ms", 100},
      {"ProcessStopped", StopProcess, "stops", 20},
      {"CallsAnswerENOSYS", RefuseSystemCallsLate<ENOSYS>, "threads",
       kLoadThreads},
      {"CallsAnswerEPERM", RefuseSystemCallsLate<EPERM>, "threads",
       kLoadThreads},
      {"WaitsAnswerEINTR", AnswerFutexWaits<EINTR>, "waits", 1000},
      {"WaitsAnswerEAGAIN", AnswerFutexWaits<EAGAIN>, "waits", 1000},
      {"WaitsEndEarly", AnswerFutexWaits<kWoken>, "waits", 1000},
      {"WaitsEndAnyhow", AnswerFutexWaits<EINTR, EAGAIN, kWoken, kAllowed>,
       "waits", 1000},
  };
}

std::vector<Fault> FaultsOfMachine() {
  return {
      {"ExtensionTurnedOffAndOn", SwitchExtensions, "changes", 1000},
      {"ExtensionLengthChanges", ChangeExtensionLength, "changes", 50,
       kExtensionLength},
      {"ProcessorUnplugged", UnplugProcessor, "changes", 10, kSecondProcessor},
      {"MemoryRunsOut", TakeAllMemory, "processes killed", 1},
  };
}

}  // namespace slicelock::testing
