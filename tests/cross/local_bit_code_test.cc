// That LocalTestAndClearBit() is as little as each architecture has for it, in
// programs that are built as the library is built:
//
//   local_bit_code_test <architecture>=<objdump>=<program> ...

#include <cstdio>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/disassembly.h"

namespace slicelock {
namespace {

using ::testing::ElementsAreArray;
using testing::Function;
using testing::Instruction;

struct Architecture {
  // The mnemonics that matter: of what changes memory that it reads, and of
  // what puts memory in order.
  const char* matter;
  // Those of them that are expected.
  std::vector<std::string> expected;
  // Whether what is good for all CPUs looks the same.
  bool same_for_all_cpus = false;
};

const char kX86[] = "lock .*|btr.*|x?chg.*|cmpxchg.*|xadd.*|[lms]fence";

const std::map<std::string, Architecture> kArchitectures = {
    {"arm64",
     {"ld(a?x[rp]|a[rp]|apr|clr|set|add|eor).*|st(l?x[rp]|lr).*|cas.*|swp.*|"
      "d[ms]b|isb",
      // In a function of libgcc, that knows whether the processor has ldclr.
      {"ldclr", "ldxr", "stxr"}}},
    {"i386", {kX86, {"btrl"}}},
    {"riscv64", {"amo.*|lr\\..*|sc\\..*|fence.*", {"amoand.w"}}},
    {"s390x", {"la[anox]l?g?|cd?s[gy]?|bcr", {"lan"}, true}},
    {"x86_64", {kX86, {"btrl"}}},
};

struct Program {
  std::string architecture;
  std::string objdump;
  std::string path;
};
std::vector<Program> programs;

Program ParseProgram(const std::string& argument) {
  const size_t first = argument.find('=');
  const size_t second = argument.find('=', first + 1);
  return {argument.substr(0, first),
          argument.substr(first + 1, second - first - 1),
          argument.substr(second + 1)};
}

// The machine code of one program.
class Code {
 public:
  explicit Code(const Program& program) {
    for (Function& function :
         testing::Disassemble(program.objdump, program.path)) {
      functions_[function.name] = function.instructions;
    }
  }

  // The mnemonics like `pattern` in a function, and in those it calls.
  std::vector<std::string> Find(const std::string& pattern,
                                const std::string& function) const {
    EXPECT_EQ(functions_.count(function), 1u) << "no " << function;
    std::vector<std::string> found;
    std::set<std::string> visited;
    Find(std::regex(pattern), function, visited, found);
    return found;
  }

 private:
  // The function whose beginning an instruction names: "" if none.
  static std::string NamedIn(const std::string& text) {
    const size_t begin = text.find('<');
    const size_t end = text.rfind('>');
    if (begin == std::string::npos || end == std::string::npos) return "";
    return text.substr(begin + 1, end - begin - 1);
  }

  void Find(const std::regex& pattern, const std::string& name,
            std::set<std::string>& visited,
            std::vector<std::string>& found) const {
    const auto function = functions_.find(name);
    if (function == functions_.end() || !visited.insert(name).second) return;
    for (const Instruction& instruction : function->second) {
      const std::string mnemonic = instruction.Mnemonic();
      if (std::regex_match(mnemonic, pattern)) found.push_back(mnemonic);
      Find(pattern, NamedIn(instruction.text), visited, found);
    }
  }

  std::map<std::string, std::vector<Instruction>> functions_;
};

TEST(LocalBitCodeTest, IsWhatOneCpuNeedsAndNoMore) {
  ASSERT_FALSE(programs.empty());
  for (const Program& program : programs) {
    SCOPED_TRACE(program.architecture);
    const Architecture& architecture = kArchitectures.at(program.architecture);
    const Code code(program);
    const auto found = code.Find(architecture.matter,
                                 "slicelock::TestAndClear(unsigned int&)");
    EXPECT_THAT(found, ElementsAreArray(architecture.expected));
    printf("%s: %s\n", program.architecture.c_str(),
           ::testing::PrintToString(found).c_str());
  }
}

TEST(LocalBitCodeTest, IsNotTakenForWhatAllCpusNeed) {
  for (const Program& program : programs) {
    SCOPED_TRACE(program.architecture);
    const Architecture& architecture = kArchitectures.at(program.architecture);
    const auto found =
        Code(program).Find(architecture.matter,
                           "slicelock::TestAndClearForAllCpus(unsigned int&)");
    EXPECT_EQ(found == architecture.expected, architecture.same_for_all_cpus)
        << ::testing::PrintToString(found);
  }
}

}  // namespace
}  // namespace slicelock

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    slicelock::programs.push_back(slicelock::ParseProgram(argv[i]));
  }
  return RUN_ALL_TESTS();
}
