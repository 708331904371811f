#include "tests/disassembly.h"

#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

namespace slicelock::testing {
namespace {

// How far the program is from where it was linked to be.
uintptr_t LoadBias() {
  uintptr_t bias = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* result) {
        *static_cast<uintptr_t*>(result) = info->dlpi_addr;
        return 1;  // The first is the program.
      },
      &bias);
  return bias;
}

// What stands between functions: nops of all lengths, traps, and zeros, which
// read as an addition.
bool IsPadding(const std::string& text) {
  return text.find("nop") != std::string::npos ||
         text.find("xchg   %ax,%ax") != std::string::npos ||
         text.find("int3") != std::string::npos ||
         text.find("add    %al,(%rax)") != std::string::npos;
}

bool IsJump(const std::string& text) {
  return text.find("\tj") != std::string::npos ||
         text.find("\tret") != std::string::npos;
}

}  // namespace

std::string Instruction::Mnemonic() const {
  constexpr char kSpace[] = " \t";
  const std::string_view prefix = "lock";
  const size_t begin = text.find_first_not_of(kSpace, text.find(':') + 1);
  size_t end = text.find_first_of(kSpace, begin);
  if (text.compare(begin, end - begin, prefix) == 0) {
    end = text.find_first_of(kSpace, text.find_first_not_of(kSpace, end));
  }
  return text.substr(begin, end - begin);
}

std::vector<Function> Disassemble(const std::string& objdump,
                                  const std::string& program) {
  const std::string command =
      objdump + " -d -C --no-show-raw-insn '" + program + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"),
                                                   pclose);
  std::vector<Function> functions;
  char* line = nullptr;
  size_t size = 0;
  // Two kinds of lines matter: "<hex> <name>:" and "  <hex>:\t<instruction>".
  while (getline(&line, &size, pipe.get()) > 0) {
    std::string text = line;
    text.erase(text.find_last_not_of('\n') + 1);
    char* end = nullptr;
    const uintptr_t address = strtoul(text.c_str(), &end, 16);
    if (end == text.c_str()) continue;
    if (std::string(end).rfind(" <", 0) == 0 && text.back() == ':') {
      const std::string rest = end + 2;
      functions.push_back({rest.substr(0, rest.size() - 2), {}});
    } else if (*end == ':' && !functions.empty() && !IsPadding(text)) {
      functions.back().instructions.push_back({address, text});
    }
  }
  free(line);
  EXPECT_FALSE(functions.empty()) << "no output from: " << command;
  return functions;
}

std::vector<Function> DisassembleThisProgram() {
  char program[4096] = {};
  EXPECT_GT(readlink("/proc/self/exe", program, sizeof(program) - 1), 0);
  std::vector<Function> functions = Disassemble("objdump", program);
  const uintptr_t bias = LoadBias();
  for (Function& function : functions) {
    for (Instruction& instruction : function.instructions) {
      instruction.address += bias;
    }
  }
  return functions;
}

void DropBlocksThatCall(const std::string& callee, Function& function) {
  std::vector<Instruction> kept, block;
  for (Instruction& instruction : function.instructions) {
    const bool dead = instruction.text.find("<" + callee) != std::string::npos;
    const bool ends = dead || IsJump(instruction.text);
    block.push_back(std::move(instruction));
    if (!ends) continue;
    if (!dead) std::move(block.begin(), block.end(), std::back_inserter(kept));
    block.clear();
  }
  std::move(block.begin(), block.end(), std::back_inserter(kept));
  function.instructions = std::move(kept);
}

}  // namespace slicelock::testing
