// Runs code one instruction at a time, in this very process, with the
// processor's trap flag; and again from any instruction on. x86-64 only.

#ifndef SLICELOCK_TESTS_SINGLE_STEP_H_
#define SLICELOCK_TESTS_SINGLE_STEP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace slicelock::testing {

// Where the stepped code stands: about to execute the instruction at `address`.
class InstructionPoint {
 public:
  explicit InstructionPoint(void* machine_context)
      : machine_context_(machine_context) {}

  uintptr_t address() const;
  uintptr_t stack_pointer() const;

  // Whether it is a system call, which, and its first four arguments.
  bool is_system_call() const;
  long system_call() const;
  uint64_t argument(int index) const;

  // What follows changes where the code stands.

  // Has it go on as if the system call had been made.
  void SkipSystemCall(long result);

  // About to execute the first instruction of a function: returns from it.
  void ReturnFromFunction(long result);

  // Has a signal handler run first. Its return is a point like others, where
  // the code stands until it is told to return.
  void DeliverSignal(void (*handler)());
  bool is_return_from_signal() const;
  void ReturnFromSignal();

 private:
  friend class Moment;

  void* machine_context_;
};

// Runs `code`, with `at_instruction` called before each of its instructions.
// That runs on a stack of its own. Not in several threads at once.
void SingleStep(const std::function<void()>& code,
                const std::function<void(InstructionPoint&)>& at_instruction);

// Some memory: `size` bytes, `begin` the first.
struct Memory {
  void* begin;
  size_t size;
};

// All that decides how stepped code goes on from where it stands: registers,
// the stack up to `stack_end`, and the `memory` that it uses besides.
class Moment {
 public:
  Moment(const InstructionPoint& point, uintptr_t stack_end,
         const std::vector<Memory>& memory);

  // Goes back to it. The `memory` as above.
  void Restore(InstructionPoint& point,
               const std::vector<Memory>& memory) const;

  // The state as bytes: equal where two moments have the same future.
  const std::string& bytes() const { return bytes_; }

 private:
  uintptr_t stack_begin_;
  size_t stack_size_;
  std::string bytes_;
};

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_SINGLE_STEP_H_
