#include "tests/single_step.h"

#include <signal.h>
#include <ucontext.h>

#include <cstring>

namespace slicelock::testing {
namespace {

const std::function<void(InstructionPoint&)>* observer = nullptr;

// What compiled code may use below the stack pointer. What is further below may
// change at any time.
constexpr size_t kRedZone = 128;
constexpr size_t kFurtherBelow = 1024;

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

// Where a signal handler returns to; never executed.
void SignalReturn() { __builtin_trap(); }

mcontext_t& Context(void* machine_context) {
  return *static_cast<mcontext_t*>(machine_context);
}

greg_t& Register(void* machine_context, int index) {
  return Context(machine_context).gregs[index];
}

// The other registers, as the kernel saves them for signal handlers: 512 bytes
// that all processors have; the size of the whole follows a magic number.
Memory VectorRegisters(void* machine_context) {
  char* const begin = reinterpret_cast<char*>(Context(machine_context).fpregs);
  constexpr size_t kLegacySize = 512, kMagicAt = 464;
  constexpr uint32_t kMagic = 0x46505853;
  uint32_t magic_and_size[2];
  memcpy(magic_and_size, begin + kMagicAt, sizeof(magic_and_size));
  const bool extended = magic_and_size[0] == kMagic;
  return {begin, extended ? magic_and_size[1] : kLegacySize};
}

Memory GeneralRegisters(void* machine_context) {
  gregset_t& registers = Context(machine_context).gregs;
  return {registers, sizeof(registers)};
}

template <typename... Memories>
void CopyOut(std::string& to, const Memories&... memories) {
  (to.append(static_cast<const char*>(memories.begin), memories.size), ...);
}

// Returns where the next bytes are.
const char* CopyIn(const char* from, const Memory& to) {
  memcpy(to.begin, from, to.size);
  return from + to.size;
}

// What is left there by functions that have returned is no part of any state.
void Forget(uintptr_t begin, uintptr_t end) {
  memset(reinterpret_cast<void*>(begin), 0, end - begin);
}

bool Starts(uintptr_t address, const unsigned char (&instruction)[2]) {
  return memcmp(reinterpret_cast<void*>(address), instruction, 2) == 0;
}

}  // namespace

uintptr_t InstructionPoint::address() const {
  return Register(machine_context_, REG_RIP);
}

uintptr_t InstructionPoint::stack_pointer() const {
  return Register(machine_context_, REG_RSP);
}

bool InstructionPoint::is_system_call() const {
  return Starts(address(), {0x0f, 0x05});
}

long InstructionPoint::system_call() const {
  return Register(machine_context_, REG_RAX);
}

uint64_t InstructionPoint::argument(int index) const {
  static constexpr int kRegisters[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10};
  return Register(machine_context_, kRegisters[index]);
}

void InstructionPoint::SkipSystemCall(long result) {
  Register(machine_context_, REG_RIP) += 2;
  Register(machine_context_, REG_RAX) = result;
}

void InstructionPoint::ReturnFromFunction(long result) {
  uintptr_t return_address;
  memcpy(&return_address, reinterpret_cast<void*>(stack_pointer()),
         sizeof(return_address));
  Register(machine_context_, REG_RIP) = return_address;
  Register(machine_context_, REG_RSP) += sizeof(return_address);
  Register(machine_context_, REG_RAX) = result;
}

void InstructionPoint::DeliverSignal(void (*handler)()) {
  std::string frame;
  CopyOut(frame, GeneralRegisters(machine_context_),
          VectorRegisters(machine_context_));
  constexpr uintptr_t kAlignment = 16;
  uintptr_t top = stack_pointer() - kRedZone - frame.size();
  top -= top % kAlignment;
  memcpy(reinterpret_cast<void*>(top), frame.data(), frame.size());
  const uintptr_t return_address = reinterpret_cast<uintptr_t>(SignalReturn);
  top -= sizeof(return_address);
  memcpy(reinterpret_cast<void*>(top), &return_address, sizeof(return_address));
  Register(machine_context_, REG_RSP) = top;
  Register(machine_context_, REG_RIP) = reinterpret_cast<greg_t>(handler);
}

bool InstructionPoint::is_return_from_signal() const {
  return address() == reinterpret_cast<uintptr_t>(SignalReturn);
}

void InstructionPoint::ReturnFromSignal() {
  const uintptr_t top = stack_pointer();
  const char* frame = reinterpret_cast<const char*>(top);
  frame = CopyIn(frame, GeneralRegisters(machine_context_));
  CopyIn(frame, VectorRegisters(machine_context_));
  Forget(top - kFurtherBelow, stack_pointer() - kRedZone);
}

void SingleStep(const std::function<void()>& code,
                const std::function<void(InstructionPoint&)>& at_instruction) {
  std::vector<char> stack(1 << 20);
  stack_t own_stack = {}, stack_before;
  own_stack.ss_sp = stack.data();
  own_stack.ss_size = stack.size();
  sigaltstack(&own_stack, &stack_before);
  struct sigaction action = {}, before;
  action.sa_sigaction = OnTrap;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGTRAP, &action, &before);
  observer = &at_instruction;
  SetTrapFlag();
  code();
  ClearTrapFlag();
  sigaction(SIGTRAP, &before, nullptr);
  sigaltstack(&stack_before, nullptr);
}

Moment::Moment(const InstructionPoint& point, uintptr_t stack_end,
               const std::vector<Memory>& memory)
    : stack_begin_(point.stack_pointer() - kRedZone),
      stack_size_(stack_end - stack_begin_) {
  Forget(stack_begin_ - kFurtherBelow, stack_begin_);
  CopyOut(bytes_, GeneralRegisters(point.machine_context_),
          VectorRegisters(point.machine_context_),
          Memory{reinterpret_cast<void*>(stack_begin_), stack_size_});
  for (const Memory& each : memory) CopyOut(bytes_, each);
}

void Moment::Restore(InstructionPoint& point,
                     const std::vector<Memory>& memory) const {
  const char* from = bytes_.data();
  from = CopyIn(from, GeneralRegisters(point.machine_context_));
  from = CopyIn(from, VectorRegisters(point.machine_context_));
  from = CopyIn(from, {reinterpret_cast<void*>(stack_begin_), stack_size_});
  for (const Memory& each : memory) from = CopyIn(from, each);
}

}  // namespace slicelock::testing
