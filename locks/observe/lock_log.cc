#include "locks/observe/lock_log.h"

#include <atomic>

#include "absl/base/attributes.h"
#include "locks/core/outside_sections.h"
#include "locks/observe/lock_records.h"
#include "locks/observe/standard_error.h"
#include "locks/slice_section.h"

namespace slicelock {

namespace {

std::atomic<bool> invariants_enabled{false};

void WriteIfLogged(const LockRecord& record, const void* lock,
                   const char* event) {
  if (!record.logged.load(std::memory_order_relaxed)) return;
  const OutsideSections<SliceSection> outside_sections;
  PrintLine("slicelock: %s %s", event, LockName(lock).text());
}

}  // namespace

void EnableMutexInvariantDebugging(bool enabled) {
  invariants_enabled.store(enabled, std::memory_order_relaxed);
}

namespace lock_log {

void Enable(const void* lock, const char* name, bool anew) {
  LockRecordAddition addition;
  addition.log = true;
  MakeLockRecord(lock, name, anew, addition);
}

bool SetInvariant(const void* lock, void (*invariant)(void*), void* argument,
                  bool anew) {
  if (invariant == nullptr ||
      !invariants_enabled.load(std::memory_order_relaxed)) {
    return false;
  }
  LockRecordAddition addition;
  addition.invariant = invariant;
  addition.argument = argument;
  return MakeLockRecord(lock, nullptr, anew, addition) != nullptr;
}

ABSL_ATTRIBUTE_COLD void Note(const void* lock, const char* event) {
  const LockRecord* const record = FindLockRecord(lock);
  if (record != nullptr) WriteIfLogged(*record, lock, event);
}

ABSL_ATTRIBUTE_COLD void NoteAndCheck(const void* lock, const char* event) {
  const LockRecord* const record = FindLockRecord(lock);
  if (record == nullptr) return;
  WriteIfLogged(*record, lock, event);
  const auto invariant = record->invariant.load(std::memory_order_acquire);
  void* const argument = record->argument.load(std::memory_order_acquire);
  if (record->lock.load(std::memory_order_relaxed) != lock) return;
  if (invariant != nullptr &&
      invariants_enabled.load(std::memory_order_relaxed)) {
    invariant(argument);
  }
}

}  // namespace lock_log
}  // namespace slicelock
