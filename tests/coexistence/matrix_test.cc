// The coexistence matrix on the kernel that runs it:
//
//   matrix_test [grants | off_at_boot]
//
// Each cell is a test: a program with one of the C libraries, started so that
// its threads get their rseq areas in one of the ways. The word says what the
// kernel is to be; without it, it may be any.

#include <gnu/libc-version.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "rseq_abi/diagnosis.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/status_name.h"
#include "tests/coexistence/expected.h"
#include "tests/coexistence/tables.h"
#include "tests/run_program.h"

namespace slicelock::coexistence {

namespace {

// cell.cc with one of the C libraries.
struct Program {
  std::string name;
  std::string command;
  CLibrary c_library;
};

CLibrary CLibraryOfThisMachine() {
  int major = 0;
  int minor = 0;
  sscanf(gnu_get_libc_version(), "%d.%d", &major, &minor);
  const int version = 100 * major + minor;
  if (version >= 241) return CLibrary::kLongArea;
  return version >= 235 ? CLibrary::kShortArea : CLibrary::kNoArea;
}

const Program kPrograms[] = {
    {"host_glibc", "tests/coexistence/cell", CLibraryOfThisMachine()},
    {"later_glibc", "tests/coexistence/cell_later_glibc", CLibrary::kLongArea},
    {"musl", "tests/coexistence/cell_musl", CLibrary::kNoArea},
};

std::string Environment(Registration registration) {
  switch (registration) {
    case Registration::kCLibrary:
      break;
    case Registration::kNobody:
    case Registration::kForeign:
      return "GLIBC_TUNABLES=glibc.pthread.rseq=0";
    case Registration::kTakenOver:
      return "SLICELOCK_RSEQ=takeover";
  }
  return "";
}

struct Cell {
  Program program;
  Registration registration;
};

std::vector<Cell> AllCells() {
  std::vector<Cell> cells;
  for (const Program& program : kPrograms) {
    for (const Registration registration : kRegistrations) {
      cells.push_back({program, registration});
    }
  }
  return cells;
}

std::string CellName(const Cell& cell) {
  return absl::StrReplaceAll(
      absl::StrCat(cell.program.name, "_", Name(cell.registration)),
      {{" ", "_"}, {",", ""}});
}

void PrintTo(const Cell& cell, std::ostream* out) { *out << CellName(cell); }

struct Found {
  std::string c_library;
  std::string status;
  int grants = 0;
};

// What a cell prints. If it fails, the status says so.
Found RunCell(const Cell& cell) {
  const bool foreign = cell.registration == Registration::kForeign;
  const testing::Outcome outcome = testing::RunInShell(
      absl::StrCat("env -i ", Environment(cell.registration), " timeout 60 ",
                   cell.program.command, foreign ? " foreign" : ""));
  Found found;
  std::string glibc;
  std::istringstream words(outcome.output);
  words >> found.status >> found.grants >> glibc;
  if (outcome.status != 0 || words.fail()) {
    return {cell.program.name, absl::StrCat("exit status ", outcome.status)};
  }
  found.c_library = glibc == "-" ? "musl" : absl::StrCat("glibc ", glibc);
  return found;
}

// Not by what the library makes of it.
Kernel FindKernel() {
  const rseq_abi::Diagnosis found = rseq_abi::Diagnose();
  if (found.slice_extension_get == -EINVAL) return Kernel::kTooOld;
  if (found.slice_extension_get == -rseq_abi::kNotSupported) {
    return Kernel::kBuiltWithout;
  }
  return found.boot_parameter == "0" ? Kernel::kOffAtBoot : Kernel::kGrants;
}

Kernel this_kernel;

// Of the tests that have run.
std::vector<CellResult> results;

class CoexistenceTest : public ::testing::TestWithParam<Cell> {};

TEST_P(CoexistenceTest, StatusIsAsExpectedAndGrantsComeWhereItIsOn) {
  const auto& [program, registration] = GetParam();
  const Status expected(
      ExpectedStatus(program.c_library, registration, this_kernel));
  const std::string name = rseq_abi::StatusName(expected.code());
  const Found found = RunCell(GetParam());
  EXPECT_EQ(found.status, name);
  EXPECT_EQ(found.grants > 0, expected.on()) << found.grants << " grants";
  results.push_back({found.c_library, Name(registration), name, found.status,
                     found.grants, !HasFailure(),
                     Remark(program.c_library, registration)});
}

INSTANTIATE_TEST_SUITE_P(Cell, CoexistenceTest, ::testing::ValuesIn(AllCells()),
                         [](const auto& cell) { return CellName(cell.param); });

// The kernel's boot parameters for rseq, if there are any.
std::string BootParameters() {
  std::ifstream command_line("/proc/cmdline");
  std::string parameters;
  for (std::string word; command_line >> word;) {
    if (absl::StartsWith(word, "rseq_"))
      absl::StrAppend(&parameters, " ", word);
  }
  return parameters;
}

void PrintTables() {
  absl::PrintF("\nOn this kernel, Linux %s%s (%s):\n\n%s",
               rseq_abi::Diagnose().release, BootParameters(),
               Name(this_kernel), TableOfResults(results));
  absl::PrintF("\nOn all kernels:\n\n%s", TableOfExpectations());
}

// False if it is not the kernel that `word` says.
bool FindThisKernel(std::string_view word) {
  this_kernel = FindKernel();
  if (word.empty()) return true;
  return this_kernel ==
         (word == "grants" ? Kernel::kGrants : Kernel::kOffAtBoot);
}

int Main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (!FindThisKernel(argc > 1 ? argv[1] : "")) {
    absl::PrintF("The kernel is not the one to test: %s.\n", Name(this_kernel));
    return EXIT_FAILURE;
  }
  const int result = RUN_ALL_TESTS();
  PrintTables();
  return result;
}

}  // namespace
}  // namespace slicelock::coexistence

int main(int argc, char** argv) {
  return slicelock::coexistence::Main(argc, argv);
}
