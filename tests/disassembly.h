// The machine code of programs, as objdump(1) shows it.

#ifndef SLICELOCK_TESTS_DISASSEMBLY_H_
#define SLICELOCK_TESTS_DISASSEMBLY_H_

#include <cstdint>
#include <string>
#include <vector>

namespace slicelock::testing {

struct Instruction {
  // Such as "btrl", or "lock btrl".
  std::string Mnemonic() const;

  uintptr_t address;
  std::string text;
};

struct Function {
  // Demangled. The compiler's cold parts end in "[clone .cold]".
  std::string name;
  // Without padding.
  std::vector<Instruction> instructions;
};

// The functions of `program`, with the addresses it was linked for. `objdump`
// is the one for its architecture. Empty, with a failure of the test, if it
// cannot be run.
std::vector<Function> Disassemble(const std::string& objdump,
                                  const std::string& program);

// The same of the program that runs, with the addresses they have here.
std::vector<Function> DisassembleThisProgram();

// Drops, from `function`, each run of instructions that leads nowhere but to a
// call of `callee`, which does not return.
void DropBlocksThatCall(const std::string& callee, Function& function);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_DISASSEMBLY_H_
