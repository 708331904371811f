// A counter for each CPU, increased by a restartable sequence on the rseq area
// of the C library: what allocators with per-CPU caches and librseq do.

#ifndef SLICELOCK_TESTS_RESTARTABLE_COUNTER_H_
#define SLICELOCK_TESTS_RESTARTABLE_COUNTER_H_

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rseq_abi/rseq_area.h"

namespace slicelock::testing {

class RestartableCounter {
 public:
  // Adds one to the counter of the CPU that the calling thread, with `area`
  // registered for it, runs on. Counts in `restarts` how often it had to start
  // again. False if the area is registered no more.
  bool Increment(rseq_abi::RseqArea* area, int64_t& restarts) {
    while (!TryIncrement(area)) {
      if (!area->registered()) return false;
      ++restarts;
    }
    return true;
  }

  // While nobody increments.
  int64_t Sum() const {
    int64_t sum = 0;
    for (const Cell& cell : cells_) sum += cell.count;
    return sum;
  }

 private:
  // Rounds of a loop that does nothing, between load and store.
  static constexpr int kDelay = 200;

  struct alignas(64) Cell {
    int64_t count = 0;
  };

  bool TryIncrement(rseq_abi::RseqArea* area) {
    const uint32_t cpu = *static_cast<volatile uint32_t*>(&area->cpu_id_start);
    int64_t* const count = &cells_[cpu].count;
    // Between 1 and 2 the kernel has a thread that it preempted, migrated or
    // signalled go on at 4. The store before 2 commits.
    asm goto(
        ".pushsection __rseq_cs, \"aw\"\n"
        ".balign 32\n"
        "3: .long 0, 0\n"
        ".quad 1f, 2f - 1f, 4f\n"
        ".popsection\n"
        "leaq 3b(%%rip), %%rax\n"
        "movq %%rax, %c[rseq_cs](%[area])\n"
        "1:\n"
        "cmpl %[cpu], %c[cpu_id](%[area])\n"
        "jnz 4f\n"
        "movq (%[count]), %%rax\n"
        "movl %[delay], %%ecx\n"
        "5: decl %%ecx\n"
        "jnz 5b\n"
        "incq %%rax\n"
        "movq %%rax, (%[count])\n"
        "2:\n"
        ".pushsection __rseq_failure, \"ax\"\n"
        // The signature, as the operand of an instruction that traps.
        ".byte 0x0f, 0xb9, 0x3d\n"
        ".long 0x53053053\n"
        "4: jmp %l[restart]\n"
        ".popsection\n"
        :
        : [area] "r"(area), [cpu] "r"(cpu), [count] "r"(count),
          [delay] "i"(kDelay),
          [rseq_cs] "i"(offsetof(rseq_abi::RseqArea, rseq_cs)),
          [cpu_id] "i"(offsetof(rseq_abi::RseqArea, cpu_id))
        : "rax", "rcx", "cc", "memory"
        : restart);
    return true;
  restart:
    return false;
  }

  std::vector<Cell> cells_{static_cast<size_t>(sysconf(_SC_NPROCESSORS_CONF))};
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_RESTARTABLE_COUNTER_H_
