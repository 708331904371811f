// Runs code one instruction at a time, in this very process, with the
// processor's trap flag. x86-64 only.

#ifndef SLICELOCK_TESTS_SINGLE_STEP_H_
#define SLICELOCK_TESTS_SINGLE_STEP_H_

#include <cstdint>
#include <functional>

namespace slicelock::testing {

// Where the stepped code stands: about to execute the instruction at `address`.
class InstructionPoint {
 public:
  explicit InstructionPoint(void* machine_context)
      : machine_context_(machine_context) {}

  uintptr_t address() const;
  uintptr_t stack_pointer() const;

  // Whether the next instruction is a system call, which, and its first two
  // arguments.
  bool is_system_call() const;
  long system_call() const;
  uint64_t argument(int index) const;

  // Has the code go on as if the system call had been made.
  void SkipSystemCall(long result);

  // Whether the next instruction is `pause`, as in a loop that waits.
  bool is_pause() const;

 private:
  void* machine_context_;
};

// Runs `code`, with `at_instruction` called before each of its instructions.
// That may itself step other code. Not in several threads at once.
void SingleStep(const std::function<void()>& code,
                const std::function<void(InstructionPoint&)>& at_instruction);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SINGLE_STEP_H_
