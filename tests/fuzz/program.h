// Programs of lock operations, from whatever bytes a fuzzer makes up.

#ifndef SLICELOCK_TESTS_FUZZ_PROGRAM_H_
#define SLICELOCK_TESTS_FUZZ_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace slicelock::fuzz {

// What a thread does next. What makes no sense as things are (releasing what it
// does not hold) is left out, what could end in a deadlock done in another way:
// see Worker.
enum class Action : uint8_t {
  kLock,
  kTry,
  kTryFor,
  kShare,
  kTryShare,
  kTryShareFor,
  kRelease,
  // Of what a mutex guards: an item for those that await one; a ticket, with a
  // signal, for those that wait on the variable, with the mutex held or after
  // its release; two tickets, and a signal to all.
  kPutItem,
  kPutTicket,
  kPutTicketSignalLater,
  kPutTicketsSignalAll,
  kAwait,
  kAwaitFor,
  kWait,
  kWaitFor,
  // To another thread.
  kInterrupt,
  kCancel,
  kCancellationPoint,
  kFork,
  kPause,
};
inline constexpr int kActions = static_cast<int>(Action::kPause) + 1;

struct Step {
  Action action;
  uint8_t lock;      // Below kLocks.
  uint8_t argument;  // Below kArguments: another thread, or for how long.
};

// In the order in which threads acquire them.
inline constexpr int kMutexes = 3;
inline constexpr int kSpinLocks = 2;
inline constexpr int kRecursiveMutexes = 1;
inline constexpr int kLocks = kMutexes + kSpinLocks + kRecursiveMutexes;

enum class Kind { kMutex, kSpinLock, kRecursiveMutex };

inline Kind KindOf(int lock) {
  if (lock < kMutexes) return Kind::kMutex;
  return lock < kMutexes + kSpinLocks ? Kind::kSpinLock : Kind::kRecursiveMutex;
}

inline constexpr int kArguments = 32;
inline constexpr int kMostThreads = 4;
inline constexpr int kMostSteps = 64;

using Program = std::vector<std::vector<Step>>;

// A byte: the number of threads. Then, for each step, a byte that says which
// thread does what, and one that says with what.
inline Program ToProgram(const uint8_t* bytes, size_t size) {
  if (size == 0) return {};
  Program threads(1 + bytes[0] % kMostThreads);
  size_t steps = 0;
  for (size_t i = 1; i + 1 < size && steps < kMostSteps; i += 2, ++steps) {
    threads[bytes[i] % kMostThreads % threads.size()].push_back(
        {static_cast<Action>(bytes[i] / kMostThreads % kActions),
         static_cast<uint8_t>(bytes[i + 1] % kLocks),
         static_cast<uint8_t>(bytes[i + 1] / kLocks % kArguments)});
  }
  return threads;
}

}  // namespace slicelock::fuzz

#endif  // SLICELOCK_TESTS_FUZZ_PROGRAM_H_
