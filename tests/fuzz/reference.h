// What a program may find out about its locks, whatever its threads do when.

#ifndef SLICELOCK_TESTS_FUZZ_REFERENCE_H_
#define SLICELOCK_TESTS_FUZZ_REFERENCE_H_

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace slicelock::fuzz {

[[noreturn]] inline void Violate(const char* what) {
  fprintf(stderr, "violated: %s\n", what);
  abort();
}

inline void Expect(bool condition, const char* otherwise) {
  if (!condition) Violate(otherwise);
}

enum class Held { kNot, kShared, kExclusively };

// Who holds a lock. Its atomics order nothing: that is the lock's to do.
class Holders {
 public:
  void Enter(Held how) {
    if (how == Held::kShared) {
      Expect(Add(1) < kAlone, "a lock is shared that another thread holds");
      return;
    }
    Expect(Add(kAlone) == 0, "a holder is not alone");
    ++changes_;
  }
  void Leave(Held how) { Add(how == Held::kShared ? -1 : -kAlone); }

  // When nobody holds it.
  int changes() const { return changes_; }

 private:
  static constexpr int kAlone = 1 << 16;

  int Add(int holders) {
    return holders_.fetch_add(holders, std::memory_order_relaxed);
  }

  std::atomic<int> holders_{0};
  // By exclusive holders.
  int changes_ = 0;
};

}  // namespace slicelock::fuzz

#endif  // SLICELOCK_TESTS_FUZZ_REFERENCE_H_
