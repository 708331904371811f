// How many atomic read-modify-writes a free lock costs, counted as the
// processor comes to them.

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>

#include "gtest/gtest.h"
#include "locks/cond_var.h"
#include "locks/mutex.h"
#include "locks/observe/checks.h"
#include "locks/recursive_mutex.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "tests/disassembly.h"
#include "tests/single_step.h"

namespace slicelock {
namespace {

SpinLock spinlock;
Mutex mutex;
RecursiveMutex recursive_mutex;
CondVar variable;

// Whether it is one, or exchanges with memory, which is one by itself.
bool IsAtomic(const testing::Instruction& instruction) {
  const std::string mnemonic = instruction.Mnemonic();
  return mnemonic.rfind("lock ", 0) == 0 ||
         (mnemonic.rfind("xchg", 0) == 0 &&
          instruction.text.find('(') != std::string::npos);
}

// Where the program has them.
const std::unordered_set<uintptr_t>& AtomicInstructions() {
  static const auto* const addresses = [] {
    auto* const found = new std::unordered_set<uintptr_t>;
    for (const testing::Function& function :
         testing::DisassembleThisProgram()) {
      for (const testing::Instruction& instruction : function.instructions) {
        if (IsAtomic(instruction)) found->insert(instruction.address);
      }
    }
    return found;
  }();
  return *addresses;
}

struct Path {
  const char* name;
  void (*run)();
  int atomic_operations;
  // What has to come before it, and after.
  void (*begin)() = [] {};
  void (*end)() = [] {};
};

constexpr Path kPaths[] = {
    {"SpinLock_lock", [] { spinlock.lock(); }, 1, [] {},
     [] { spinlock.unlock(); }},
    {"SpinLock_unlock", [] { spinlock.unlock(); }, 0, [] { spinlock.lock(); }},
    {"lock", [] { mutex.lock(); }, 1, [] {}, [] { mutex.unlock(); }},
    {"unlock", [] { mutex.unlock(); }, 0, [] { mutex.lock(); }},
    {"lock_shared", [] { mutex.lock_shared(); }, 1, [] {},
     [] { mutex.unlock_shared(); }},
    {"unlock_shared", [] { mutex.unlock_shared(); }, 1,
     [] { mutex.lock_shared(); }},
    {"RecursiveMutex_lock_again", [] { recursive_mutex.lock(); }, 0,
     [] { recursive_mutex.lock(); },
     [] { recursive_mutex.unlock(), recursive_mutex.unlock(); }},
    {"RecursiveMutex_unlock_not_yet", [] { recursive_mutex.unlock(); }, 0,
     [] { recursive_mutex.lock(), recursive_mutex.lock(); },
     [] { recursive_mutex.unlock(); }},
    {"section", [] { const SliceSection section; }, 0},
    {"nested_section", [] { const SliceSection section; }, 0,
     SliceSection::Enter, SliceSection::Leave},
    {"Signal_to_nobody", [] { variable.Signal(); }, 0},
    {"SignalAll_to_nobody", [] { variable.SignalAll(); }, 0},
};

class AtomicOperationsTest : public ::testing::TestWithParam<Path> {};

INSTANTIATE_TEST_SUITE_P(Paths, AtomicOperationsTest,
                         ::testing::ValuesIn(kPaths),
                         [](const auto& path) { return path.param.name; });

TEST_P(AtomicOperationsTest, AreAsFewAsTheHeadersSay) {
  if (kChecks) GTEST_SKIP() << "the checks have some";
  const auto& atomic = AtomicInstructions();
  { const SliceSection prepares_the_thread; }
  GetParam().begin();
  int executed = 0;
  testing::SingleStep(GetParam().run, [&](testing::InstructionPoint& point) {
    executed += static_cast<int>(atomic.count(point.address()));
  });
  GetParam().end();
  EXPECT_EQ(executed, GetParam().atomic_operations);
}

}  // namespace
}  // namespace slicelock
