#include "locks/observe/hooks.h"

#include <atomic>

#include "locks/core/outside_sections.h"
#include "locks/observe/contention.h"
#include "locks/slice_section.h"

namespace slicelock {

namespace {

std::atomic<void (*)(int64_t)> mutex_profiler{nullptr};
std::atomic<void (*)(const char*, const void*, int64_t)> mutex_tracer{nullptr};
std::atomic<void (*)(const char*, const void*)> condvar_tracer{nullptr};
std::atomic<void (*)(const void*, int64_t)> spinlock_profiler{nullptr};

// Whether the thread is in one of them.
__thread bool inside __attribute__((tls_model("initial-exec")));

// What `registered` is set to sees what the registering thread did before.
template <typename... Args>
void Call(const std::atomic<void (*)(Args...)>& registered, Args... args) {
  const auto function = registered.load(std::memory_order_acquire);
  if (function == nullptr || inside) return;
  const OutsideSections<SliceSection> outside_sections;
  inside = true;
  function(args...);
  inside = false;
}

}  // namespace

void RegisterMutexProfiler(void (*profiler)(int64_t)) {
  contention::Prepare();
  mutex_profiler.store(profiler, std::memory_order_release);
}

void RegisterMutexTracer(void (*tracer)(const char*, const void*, int64_t)) {
  contention::Prepare();
  mutex_tracer.store(tracer, std::memory_order_release);
}

void RegisterCondVarTracer(void (*tracer)(const char*, const void*)) {
  condvar_tracer.store(tracer, std::memory_order_release);
}

void RegisterSpinLockProfiler(void (*profiler)(const void*, int64_t)) {
  contention::Prepare();
  spinlock_profiler.store(profiler, std::memory_order_release);
}

namespace hooks {

bool WantWaits() {
  return mutex_profiler.load(std::memory_order_relaxed) != nullptr ||
         mutex_tracer.load(std::memory_order_relaxed) != nullptr ||
         spinlock_profiler.load(std::memory_order_relaxed) != nullptr;
}

void OnSlowRelease(Kind kind, const void* lock, int64_t wait_cycles) {
  if (wait_cycles == 0) return;
  if (kind == Kind::kSpinLock) {
    Call(spinlock_profiler, lock, wait_cycles);
  } else {
    Call(mutex_profiler, wait_cycles);
    Call(mutex_tracer, "slow release", lock, wait_cycles);
  }
}

void OnCondVarEvent(const char* event, const void* condvar) {
  Call(condvar_tracer, event, condvar);
}

}  // namespace hooks
}  // namespace slicelock
