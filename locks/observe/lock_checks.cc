#include "locks/observe/lock_checks.h"

#if SLICELOCK_CHECKS

#include <link.h>

#include <cstdint>

#include "locks/observe/deadlock_detection.h"
#include "locks/observe/fatal.h"
#include "locks/observe/held_locks.h"
#include "locks/observe/lock_records.h"

namespace slicelock::lock_checks {

namespace {

// How many Conditions the thread is evaluating, one in the other.
__thread int evaluations __attribute__((tls_model("initial-exec")));

bool KnownNotToHold(const void* lock) {
  return held_locks::Find(lock) == nullptr && !held_locks::SomeUnknown();
}

bool KnownToShare(const void* lock) {
  const auto* const held = held_locks::Find(lock);
  return held != nullptr && held->mode == tsan::kShared;
}

// Whether `lock` is a global variable.
bool InStaticStorage(const void* lock) {
  const auto in_object = [](dl_phdr_info* object, size_t, void* address) {
    for (int i = 0; i < object->dlpi_phnum; ++i) {
      const auto& segment = object->dlpi_phdr[i];
      if (segment.p_type == PT_LOAD && reinterpret_cast<uintptr_t>(address) -
                                               object->dlpi_addr -
                                               segment.p_vaddr <
                                           segment.p_memsz) {
        return 1;
      }
    }
    return 0;
  };
  return dl_iterate_phdr(in_object, const_cast<void*>(lock)) != 0;
}

}  // namespace

void BeforeAcquire(const void* lock) {
  if (evaluations > 0 && held_locks::Find(lock) != nullptr) {
    Fatal("a Condition acquires a lock that is held while it is evaluated",
          lock);
  }
  deadlock_detection::BeforeAcquire(lock);
}

void Acquired(const void* lock, tsan::Mode mode) {
  held_locks::Add(lock, mode);
}

void BeforeRelease(const void* lock, tsan::Mode mode) {
  if (KnownNotToHold(lock)) {
    Fatal("a thread releases a lock that it does not hold", lock);
  }
  const auto* const held = held_locks::Find(lock);
  if (held != nullptr && held->mode != mode) {
    Fatal(mode == tsan::kShared
              ? "a thread that holds a lock exclusively releases a share of it"
              : "a thread that shares a lock releases it as if it held it "
                "exclusively",
          lock);
  }
}

void Released(const void* lock, tsan::Mode mode) {
  held_locks::Remove(lock, mode);
}

void BeforeDestruction(const void* lock, bool held) {
  // As a process exits, its threads may use global locks that are gone already.
  if (held && (held_locks::Find(lock) != nullptr || !InStaticStorage(lock))) {
    Fatal("a lock is destroyed while it is held", lock);
  }
  deadlock_detection::Forget(lock);
  ForgetLockRecord(lock);
}

void AssertHeld(const void* lock) {
  if (KnownNotToHold(lock)) {
    Fatal("AssertHeld() on a lock that the thread does not hold", lock);
  }
  if (KnownToShare(lock)) {
    Fatal("AssertHeld() on a lock that the thread only shares", lock);
  }
}

void AssertReaderHeld(const void* lock) {
  if (KnownNotToHold(lock)) {
    Fatal("AssertReaderHeld() on a lock that the thread does not hold", lock);
  }
}

void AssertNotHeld(const void* lock) {
  if (held_locks::Find(lock) != nullptr) {
    Fatal("AssertNotHeld() on a lock that the thread holds", lock);
  }
}

Evaluation::Evaluation() : held_before_(held_locks::All().count) {
  ++evaluations;
}

Evaluation::~Evaluation() {
  --evaluations;
  const auto held = held_locks::All();
  if (held.count > held_before_) {
    Fatal("a Condition does not release a lock that it acquires",
          held.first[held.count - 1].lock);
  } else if (held.count < held_before_) {
    Fatal("a Condition releases a lock that it has not acquired", this);
  }
}

}  // namespace slicelock::lock_checks

#endif
