// Every kernel event at every instruction. The shipped lock code runs one
// instruction at a time; at each boundary each thing that the kernel can do to
// a thread happens, and then at each that follows each once more. Whatever
// comes, the rules of the control word are kept.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <regex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/core/platform.h"
#include "tests/disassembly.h"
#include "tests/exploration.h"
#include "tests/interrupted_run.h"
#include "tests/lock_scenarios.h"
#include "tests/simulated_kernel.h"

namespace slicelock {
namespace {

using testing::BitPlatform;
using testing::Function;
using ::testing::IsEmpty;
using testing::KernelEvent;
using testing::Tally;

template <typename Platform>
std::string NameOfWord() {
  return std::is_same_v<Platform, BitPlatform> ? "BitControlWord"
                                               : "ByteControlWord";
}

template <typename Platform>
class InterruptPointsTest : public ::testing::Test {
 protected:
  // All events, everywhere, once for all tests.
  static const Tally& Everything() {
    static const Tally* const everything = [] {
      auto* const tally = new Tally;
      for (const auto& scenario : testing::LockScenarios<Platform>::All()) {
        testing::TryEverything<Platform>(scenario, *tally);
      }
      return tally;
    }();
    return *everything;
  }
};

using Platforms = ::testing::Types<LinuxPlatform, BitPlatform>;

struct NamesOfWords {
  template <typename Platform>
  static std::string GetName(int) {
    return NameOfWord<Platform>();
  }
};

TYPED_TEST_SUITE(InterruptPointsTest, Platforms, NamesOfWords);

TYPED_TEST(InterruptPointsTest, TheRulesAreKeptWhateverHappensWhenever) {
  const Tally& tally = this->Everything();
  EXPECT_THAT(tally.violations, IsEmpty());
  for (const KernelEvent event : testing::kKernelEvents) {
    EXPECT_GT(tally.at(event).tried, 1000) << NameOf(event);
  }
  EXPECT_GT(tally.sum().tried, 100'000);
  printf("%s\n%s", NameOfWord<TypeParam>().c_str(), tally.Table().c_str());
}

// Functions of this program whose names match, without what ends the program.
std::vector<Function> Disassemble(const std::string& pattern) {
  const std::regex names(pattern);
  std::vector<Function> code;
  for (Function& function : testing::DisassembleThisProgram()) {
    if (std::regex_search(function.name, names)) {
      for (const char* const end :
           {"slicelock::Fatal", "__clang_call_terminate"}) {
        testing::DropBlocksThatCall(end, function);
      }
      code.push_back(std::move(function));
    }
  }
  return code;
}

// The paths, with what is inlined in them, and what sections call out of line.
template <typename Platform>
std::string CodeOfPaths() {
  const bool bits = std::is_same_v<Platform, BitPlatform>;
  const std::string platform = bits ? "BitPlatform>" : "LinuxPlatform>";
  const std::string kernel = bits ? "BitKernel>" : "RunningKernel>";
  const std::string word = bits ? "BitControlWord>" : "ByteControlWord>";
  return "^slicelock::(testing::Path<[^>]*" + platform +
         "::|BasicSliceSection<[^>]*" + kernel + "::|rseq_abi::Thread<[^>]*" +
         word + "::)";
}

// The code of locks that waits, or lets others wait no longer: out of line.
// (That of the gates of mutexes is the same.)
template <typename Platform>
std::string CodeOfWaiting() {
  const bool bits = std::is_same_v<Platform, BitPlatform>;
  const int order = static_cast<int>(std::memory_order_acquire);
  const std::string platform =
      std::string("<[^>]*") + (bits ? "BitPlatform" : "LinuxPlatform");
  return "^slicelock::(RawLock" + platform + ", \\(std::memory_order\\)" +
         std::to_string(order) + ">|Pace" + platform + ">)::";
}

// `code` without the instructions that are not at `addresses`.
std::vector<Function> Among(std::vector<Function> code,
                            const std::set<uintptr_t>& addresses) {
  for (Function& function : code) {
    auto& all = function.instructions;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&addresses](const testing::Instruction& each) {
                               return addresses.count(each.address) == 0;
                             }),
              all.end());
  }
  return code;
}

// The instructions of `code` that are not in `reached`.
std::vector<std::string> Missing(const std::vector<Function>& code,
                                 const std::set<uintptr_t>& reached) {
  std::vector<std::string> missing;
  for (const Function& function : code) {
    for (const testing::Instruction& instruction : function.instructions) {
      if (reached.count(instruction.address) == 0) {
        missing.push_back(function.name + ": " + instruction.text + "\n");
      }
    }
  }
  return missing;
}

int CountInstructions(const std::vector<Function>& code) {
  int count = 0;
  for (const Function& function : code) count += function.instructions.size();
  return count;
}

std::set<uintptr_t> Union(std::set<uintptr_t> a, const std::set<uintptr_t>& b) {
  a.insert(b.begin(), b.end());
  return a;
}

TYPED_TEST(InterruptPointsTest, EveryInstructionOfThePathsMeetsEveryEvent) {
  const std::vector<Function> code = Disassemble(CodeOfPaths<TypeParam>());
  const Tally& tally = this->Everything();
  const auto met = [&tally](KernelEvent event) {
    return tally.at(event).instructions;
  };
  EXPECT_GT(CountInstructions(code), 50) << "the disassembly is not understood";
  EXPECT_THAT(Missing(code, tally.addresses), IsEmpty());
  for (const KernelEvent event :
       {KernelEvent::kMigration, KernelEvent::kSystemCall,
        KernelEvent::kSignal}) {
    EXPECT_THAT(Missing(code, met(event)), IsEmpty()) << NameOf(event);
  }
  // A grant takes a request; an expiry, a grant.
  for (const KernelEvent event : {KernelEvent::kGrant, KernelEvent::kExpiry}) {
    const std::vector<Function> possible =
        Among(code, tally.at(event).possible);
    EXPECT_GT(CountInstructions(possible), 50) << NameOf(event);
    EXPECT_THAT(Missing(possible, met(event)), IsEmpty()) << NameOf(event);
    printf("%s: %s possible at %d of %d instructions of the paths\n",
           NameOfWord<TypeParam>().c_str(), NameOf(event),
           CountInstructions(possible), CountInstructions(code));
  }
  // Within a grant it has another name.
  EXPECT_THAT(Missing(code, Union(met(KernelEvent::kPreemption),
                                  met(KernelEvent::kRevocation))),
              IsEmpty());
  printf("%s: %d instructions of the paths, %zu not reached\n",
         NameOfWord<TypeParam>().c_str(), CountInstructions(code),
         Missing(code, tally.addresses).size());
}

// But for those that are inlined and never needed where they are: a waiter, in
// no section, enters none that is nested.
TYPED_TEST(InterruptPointsTest, NearlyEveryInstructionOfWaitingIsReached) {
  const std::vector<Function> code = Disassemble(CodeOfWaiting<TypeParam>());
  const auto missing = Missing(code, this->Everything().addresses);
  EXPECT_GT(CountInstructions(code), 200);
  EXPECT_LT(missing.size() * 10, CountInstructions(code))
      << ::testing::PrintToString(missing);
  printf("%s: %d instructions of waiting, %zu not reached\n",
         NameOfWord<TypeParam>().c_str(), CountInstructions(code),
         missing.size());
}

// That equal states are run once changes nothing but the time it takes.
TYPED_TEST(InterruptPointsTest, RunsThatComeToTheSameEndTheSameWay) {
  testing::Scenario section;
  section.name = "a section";
  section.path = testing::Path<TypeParam>::Section;
  section.signals = 0;
  Tally once, each_time;
  testing::TryEverything<TypeParam>(section, once);
  testing::TryEverything<TypeParam>(section, each_time,
                                    testing::SameStates::kRunEachTime);
  EXPECT_EQ(once.ends, each_time.ends);
  EXPECT_EQ(once.addresses, each_time.addresses);
  EXPECT_GT(each_time.runs, once.runs);
  EXPECT_THAT(each_time.violations, IsEmpty());
}

}  // namespace
}  // namespace slicelock
