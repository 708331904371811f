#include "tests/single_step.h"

#include <signal.h>
#include <ucontext.h>

#include <cstring>
#include <utility>

namespace slicelock::testing {
namespace {

const std::function<void(InstructionPoint&)>* observer = nullptr;

// These two are not part of what is stepped. Between pushfq and popfq the stack
// is below the red zone, which inline assembly does not know of.
__attribute__((noinline)) void SetTrapFlag() {
  asm volatile(
      "lea -128(%%rsp), %%rsp\n\t"
      "pushfq\n\t"
      "orq $0x100, (%%rsp)\n\t"
      "popfq\n\t"
      "lea 128(%%rsp), %%rsp" ::
          : "cc", "memory");
}

__attribute__((noinline)) void ClearTrapFlag() {
  asm volatile(
      "lea -128(%%rsp), %%rsp\n\t"
      "pushfq\n\t"
      "andq $~0x100, (%%rsp)\n\t"
      "popfq\n\t"
      "lea 128(%%rsp), %%rsp" ::
          : "cc", "memory");
}

void OnTrap(int, siginfo_t*, void* context) {
  InstructionPoint point(&static_cast<ucontext_t*>(context)->uc_mcontext);
  (*observer)(point);
}

}  // namespace

uintptr_t InstructionPoint::address() const {
  return static_cast<mcontext_t*>(machine_context_)->gregs[REG_RIP];
}

uintptr_t InstructionPoint::stack_pointer() const {
  return static_cast<mcontext_t*>(machine_context_)->gregs[REG_RSP];
}

bool InstructionPoint::is_system_call() const {
  static constexpr unsigned char kSyscall[] = {0x0f, 0x05};
  return memcmp(reinterpret_cast<void*>(address()), kSyscall, 2) == 0;
}

long InstructionPoint::system_call() const {
  return static_cast<mcontext_t*>(machine_context_)->gregs[REG_RAX];
}

uint64_t InstructionPoint::argument(int index) const {
  static constexpr int kRegisters[] = {REG_RDI, REG_RSI};
  return static_cast<mcontext_t*>(machine_context_)->gregs[kRegisters[index]];
}

void InstructionPoint::SkipSystemCall(long result) {
  auto& registers = static_cast<mcontext_t*>(machine_context_)->gregs;
  registers[REG_RIP] += 2;
  registers[REG_RAX] = result;
}

bool InstructionPoint::is_pause() const {
  static constexpr unsigned char kPause[] = {0xf3, 0x90};
  return memcmp(reinterpret_cast<void*>(address()), kPause, 2) == 0;
}

void SingleStep(const std::function<void()>& code,
                const std::function<void(InstructionPoint&)>& at_instruction) {
  struct sigaction action = {}, before;
  action.sa_sigaction = OnTrap;
  // Code stepped by a signal handler that was stepped itself.
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGTRAP, &action, &before);
  const auto* const outer = std::exchange(observer, &at_instruction);
  SetTrapFlag();
  code();
  ClearTrapFlag();
  observer = outer;
  sigaction(SIGTRAP, &before, nullptr);
}

}  // namespace slicelock::testing
