#include "locks/observe/lock_records.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "locks/core/raw_lock.h"

namespace slicelock {

namespace {

constexpr int kBuckets = 256;
constexpr unsigned kMaxRecordsInBucket = 64;

std::atomic<LockRecord*> buckets[kBuckets];

// Held by who makes a record.
RawLock<LinuxPlatform> making;

std::atomic<LockRecord*>& Bucket(const void* lock) {
  const uint64_t key = reinterpret_cast<uintptr_t>(lock);
  return buckets[(key * 0x9e3779b97f4a7c15 >> 32) % kBuckets];
}

// `lock` may be null.
LockRecord* FindIn(const std::atomic<LockRecord*>& bucket, const void* lock) {
  LockRecord* record = bucket.load(std::memory_order_acquire);
  while (record != nullptr &&
         record->lock.load(std::memory_order_acquire) != lock) {
    record = record->next;
  }
  return record;
}

// A record that no lock has or, in a full bucket, that one has to give up.
LockRecord* FindUnused(const std::atomic<LockRecord*>& bucket) {
  if (LockRecord* const record = FindIn(bucket, nullptr)) return record;
  static unsigned turn = 0;
  unsigned records = 0;
  LockRecord* given_up = nullptr;
  for (LockRecord* record = bucket.load(std::memory_order_relaxed);
       record != nullptr; record = record->next) {
    if (records++ == turn % kMaxRecordsInBucket) given_up = record;
  }
  if (records < kMaxRecordsInBucket) return nullptr;
  ++turn;
  given_up->lock.store(nullptr, std::memory_order_relaxed);
  return given_up;
}

}  // namespace

LockRecord* MakeLockRecord(const void* lock, const char* name, bool anew,
                           const LockRecordAddition& addition) {
  // Before we hold a lock: the allocator may have locks with records.
  void* const spare = malloc(sizeof(LockRecord));
  making.lock();
  auto& bucket = Bucket(lock);
  LockRecord* record = FindIn(bucket, lock);
  if (anew && record != nullptr) {
    ForgetLockRecord(lock);
    record = nullptr;
  }
  bool spare_used = false;
  if (record == nullptr) {
    record = FindUnused(bucket);
    if (record == nullptr && spare != nullptr) {
      spare_used = true;
      record = new (spare) LockRecord;
      record->next = bucket.load(std::memory_order_relaxed);
      bucket.store(record, std::memory_order_release);
    }
    if (record != nullptr) {
      snprintf(record->name, sizeof(record->name), "%s", name ? name : "");
      record->logged.store(false, std::memory_order_relaxed);
      record->invariant.store(nullptr, std::memory_order_release);
      record->lock.store(lock, std::memory_order_release);
    }
  }
  if (record != nullptr && addition.log) {
    record->logged.store(true, std::memory_order_relaxed);
  }
  // Released: who reads one of them also finds whose record it is.
  if (record != nullptr && addition.invariant != nullptr) {
    record->argument.store(addition.argument, std::memory_order_release);
    record->invariant.store(addition.invariant, std::memory_order_release);
  }
  making.unlock();
  if (!spare_used) free(spare);
  return record;
}

LockRecord* FindLockRecord(const void* lock) {
  return FindIn(Bucket(lock), lock);
}

void ForgetLockRecord(const void* lock) {
  LockRecord* const record = FindLockRecord(lock);
  if (record != nullptr) {
    record->lock.store(nullptr, std::memory_order_release);
  }
}

LockName::LockName(const void* lock) {
  const LockRecord* const record = FindLockRecord(lock);
  if (record != nullptr && record->name[0] != '\0') {
    snprintf(text_, sizeof(text_), "%s (%p)", record->name, lock);
    if (record->lock.load(std::memory_order_acquire) == lock) return;
  }
  snprintf(text_, sizeof(text_), "%p", lock);
}

}  // namespace slicelock
