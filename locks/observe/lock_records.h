// What some locks have that there is no room for in them: a name, a log, an
// invariant. Kept by their addresses, as long as the process lives. There is
// room for some ten thousand; if there are more, others are forgotten.

#ifndef SLICELOCK_LOCKS_OBSERVE_LOCK_RECORDS_H_
#define SLICELOCK_LOCKS_OBSERVE_LOCK_RECORDS_H_

#include <atomic>

namespace slicelock {

struct LockRecord {
  static constexpr int kNameSize = 64;

  using Invariant = void (*)(void* argument);

  std::atomic<const void*> lock{nullptr};  // Null: for whoever needs one.
  char name[kNameSize] = "";               // Cut off, if need be.
  std::atomic<bool> logged{false};
  std::atomic<void*> argument{nullptr};
  std::atomic<Invariant> invariant{nullptr};
  LockRecord* next = nullptr;
};

// What a record is to have besides a name.
struct LockRecordAddition {
  bool log = false;
  LockRecord::Invariant invariant = nullptr;
  void* argument = nullptr;
};

// The record of `lock`, a new one if it has none; then it allocates. A lock
// keeps the name it had first, which may be null. With `anew`, it has had no
// record yet: what is there is of a lock that has gone. Null if memory is
// short.
LockRecord* MakeLockRecord(const void* lock, const char* name, bool anew,
                           const LockRecordAddition& addition = {});

// Null if it has none. Takes no lock. Another lock may take the record over:
// what was read from it holds if its `lock` is the same after that.
LockRecord* FindLockRecord(const void* lock);

void ForgetLockRecord(const void* lock);

// The lock in a message: its address, and its name if it has one.
class LockName {
 public:
  explicit LockName(const void* lock);

  const char* text() const { return text_; }

 private:
  char text_[LockRecord::kNameSize + 32];
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_LOCK_RECORDS_H_
