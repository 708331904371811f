// What a program does with the library, however it is linked:
//
//   linking_test [static] [pie] [on]
//
// The words say how it is linked, and that the extension is to be on. A program
// without a test framework, as that would be one more thing to link.

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/linked_locks.h"

namespace {

bool IsAmong(int argc, char** argv, std::string_view word) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i] == word) return true;
  }
  return false;
}

// As the program that runs is, not as it was to be.
bool IsStatic() { return getauxval(AT_BASE) == 0; }

bool IsPie() {
  ElfW(Ehdr) header = {};
  FILE* const program = fopen("/proc/self/exe", "rb");
  if (program == nullptr) return false;
  const size_t read = fread(&header, sizeof(header), 1, program);
  fclose(program);
  return read == 1 && header.e_type == ET_DYN;
}

int failures = 0;

void Expect(bool as_it_should_be, const char* what) {
  if (as_it_should_be) return;
  printf("FAILED: %s\n", what);
  ++failures;
}

}  // namespace

int main(int argc, char** argv) {
  Expect(IsStatic() == IsAmong(argc, argv, "static"),
         "the program is static if and only if it is to be");
  Expect(IsPie() == IsAmong(argc, argv, "pie"),
         "the program is position independent if and only if it is to be");
  constexpr int kThreads = 4;
  constexpr int kTimes = 100'000;
  Expect(LockInThreads(kThreads, kTimes) == int64_t{2} * kThreads * kTimes,
         "holders exclude each other");
  printf("%s\n", StatusSentence());
  Expect(ExtensionIsOn() || !IsAmong(argc, argv, "on"), "the extension is on");
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
