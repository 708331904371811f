// The machine code of the running program, as objdump(1) shows it.

#ifndef SLICELOCK_TESTS_DISASSEMBLY_H_
#define SLICELOCK_TESTS_DISASSEMBLY_H_

#include <cstdint>
#include <string>
#include <vector>

namespace slicelock::testing {

struct Instruction {
  // Where it is in this process.
  uintptr_t address;
  std::string text;
};

struct Function {
  // Demangled. The compiler's cold parts end in "[clone .cold]".
  std::string name;
  // Without padding.
  std::vector<Instruction> instructions;
};

// Empty, with a failure of the test, if objdump cannot be run.
std::vector<Function> DisassembleThisProgram();

// Drops, from `function`, each run of instructions that leads nowhere but to a
// call of `callee`, which does not return.
void DropBlocksThatCall(const std::string& callee, Function& function);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_DISASSEMBLY_H_
