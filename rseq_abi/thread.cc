#include "rseq_abi/thread.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>

#include "rseq_abi/c_library.h"
#include "rseq_abi/counters.h"
#include "rseq_abi/event_counter.h"
#include "rseq_abi/policy_in_force.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/registration.h"

namespace slicelock {
namespace rseq_abi {

__thread RunningKernel::Thread current_thread;

ProcessCounters process_counters;

namespace {

bool IsTakeover(StatusCode code) { return code == StatusCode::kOnTakenOver; }

bool IsFailure(StatusCode code) {
  return !Status(code).on() && code != StatusCode::kOffPolicy &&
         code != StatusCode::kOffUnprepared &&
         code != StatusCode::kOffThreadExiting;
}

void CountStatus(StatusCode code) {
  if (IsTakeover(code)) {
    process_counters.takeovers.fetch_add(1, std::memory_order_relaxed);
  }
  if (IsFailure(code)) {
    process_counters.failures.fetch_add(1, std::memory_order_relaxed);
  }
}

// Room for the thread's own area, to be aligned here: see `current_thread`.
__thread char own_area_room[sizeof(OwnRseqArea) + alignof(OwnRseqArea) - 1]
    __attribute__((tls_model("initial-exec")));

// (Not by std::align(), whose header is more than there is beside musl.)
OwnRseqArea* OwnArea() {
  constexpr uintptr_t kAlignment = alignof(OwnRseqArea);
  const auto room = reinterpret_cast<uintptr_t>(own_area_room);
  return reinterpret_cast<OwnRseqArea*>((room + kAlignment - 1) / kAlignment *
                                        kAlignment);
}

bool OwnAreaIsRegistered() {
  return current_thread.status == StatusCode::kOnOwnArea ||
         current_thread.status == StatusCode::kOnTakenOver;
}

// What the kernel answered to enabling; or this, which it never answers.
constexpr long kNotAsked = 1;
__thread long answer_to_enabling __attribute__((tls_model("initial-exec"))) =
    kNotAsked;

// Runs at thread exit, before the memory of the thread's own area goes. Where
// it has one, locks taken later, by other clean-ups, go without the extension.
void EndThread(void*) {
  current_thread.CollectRequests();
  if (!OwnAreaIsRegistered()) return;
  current_thread.control = &current_thread.unheeded;
  current_thread.heeded = nullptr;
  current_thread.status = StatusCode::kOffThreadExiting;
  Unregister(OwnArea());
}

// Has EndThread() run when the calling thread exits. False if the
// process has no thread-specific key left. (No pthread_once: a signal handler
// that interrupts it would wait for itself.)
bool HookThreadExit() {
  static constexpr int64_t kNone = -1;
  static std::atomic<int64_t> shared_key{kNone};
  int64_t key = shared_key.load(std::memory_order_relaxed);
  if (key == kNone) {
    pthread_key_t created;
    if (pthread_key_create(&created, EndThread) != 0) return false;
    if (shared_key.compare_exchange_strong(key, created,
                                           std::memory_order_relaxed)) {
      key = created;
    } else {
      pthread_key_delete(created);
    }
  }
  return pthread_setspecific(static_cast<pthread_key_t>(key), OwnArea()) == 0;
}

}  // namespace

void RunningKernel::PrepareThread() {
  RunningKernel::Thread& thread = current_thread;
  if (thread.prepared()) return;
  const int saved_errno = errno;
  // Locks taken below, by an allocator or a signal handler, find a thread that
  // is prepared, without the extension so far.
  thread.Prepare();
  const Registration registration =
      Register(PolicyInForce(), OwnArea(), HookThreadExit);
  // A signal handler may have come first, and counted.
  if (thread.status == StatusCode::kOffUnprepared) {
    CountStatus(registration.code);
  }
  thread.status = registration.code;
  answer_to_enabling = registration.enabling.value_or(kNotAsked);
  if (registration.area != nullptr) {
    thread.CollectRequests();  // Those made just above go to nobody.
    thread.heeded = &registration.area->slice_ctrl;
    thread.control = thread.heeded;
    // For an area of the C library's it is only the count that would be lost.
    if (!OwnAreaIsRegistered()) HookThreadExit();
  }
  errno = saved_errno;
}

RegisteredArea FindRegisteredArea() {
  const CLibraryArea c_library = FindCLibraryArea();
  if (c_library.area != nullptr) {
    return {AreaOwner::kCLibrary, c_library.area, c_library.length};
  }
  if (OwnAreaIsRegistered()) {
    return {AreaOwner::kSlicelock, &OwnArea()->area, sizeof(OwnRseqArea)};
  }
  return {};
}

std::optional<long> AnswerToEnabling() {
  if (answer_to_enabling == kNotAsked) return std::nullopt;
  return answer_to_enabling;
}

}  // namespace rseq_abi

using rseq_abi::current_thread;
using rseq_abi::process_counters;
using rseq_abi::RunningKernel;

Status GetStatus() {
  RunningKernel::PrepareThread();
  return Status(current_thread.status);
}

SliceCounters GetThreadSliceCounters() {
  SliceCounters counters;
  counters.requests = current_thread.counters.requests;
  if (current_thread.heeding()) {
    counters.requests += current_thread.sections.requests();
  }
  counters.grants = current_thread.counters.grants;
  counters.yields = current_thread.counters.yields;
  counters.revocations = current_thread.counters.revocations;
  counters.takeovers = rseq_abi::IsTakeover(current_thread.status) ? 1 : 0;
  counters.failures = rseq_abi::IsFailure(current_thread.status) ? 1 : 0;
  return counters;
}

SliceCounters GetProcessSliceCounters() {
  SliceCounters counters;
  counters.requests = process_counters.requests.load(std::memory_order_relaxed);
  counters.grants = process_counters.grants.load(std::memory_order_relaxed);
  counters.yields = process_counters.yields.load(std::memory_order_relaxed);
  counters.revocations =
      process_counters.revocations.load(std::memory_order_relaxed);
  counters.takeovers =
      process_counters.takeovers.load(std::memory_order_relaxed);
  counters.failures = process_counters.failures.load(std::memory_order_relaxed);
  return counters;
}

bool SetThreadRequests(bool on) {
  RunningKernel::PrepareThread();
  const bool before = current_thread.requesting;
  current_thread.CollectRequests();
  current_thread.requesting = on;
  current_thread.control = on && current_thread.heeded != nullptr
                               ? current_thread.heeded
                               : &current_thread.unheeded;
  return before;
}

}  // namespace slicelock
