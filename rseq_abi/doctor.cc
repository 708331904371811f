// Says whether a program that starts here, now and with this environment gets
// time slice extensions, why, and what would turn them on. For the C library
// that it was linked with itself.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "rseq_abi/diagnosis.h"
#include "rseq_abi/diagnosis_json.h"
#include "rseq_abi/diagnosis_text.h"

ABSL_FLAG(bool, json, false, "print JSON instead of text");

namespace slicelock::rseq_abi {
namespace {

constexpr int kExitOn = 0;
constexpr int kExitOff = 1;
constexpr int kExitBadArguments = 2;

// absl::ParseCommandLine() ends the program itself, with a status that means
// something else here.
bool parsing = true;

void ExitBadArgumentsIfParsing() {
  if (!parsing) return;
  std::fflush(nullptr);
  _exit(kExitBadArguments);
}

int Main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "says whether time slice extensions are on, why, and what would turn "
      "them on. Run it where and as your program runs: in the same container, "
      "with the same environment. Exit status: 0 on, 1 off, 2 nothing was "
      "diagnosed (bad arguments, or --help).");
  std::atexit(ExitBadArgumentsIfParsing);
  const bool has_arguments = absl::ParseCommandLine(argc, argv).size() > 1;
  parsing = false;
  if (has_arguments) {
    std::fprintf(stderr, "There are no arguments, only flags; see --help.\n");
    return kExitBadArguments;
  }
  const Diagnosis diagnosis = Diagnose();
  const std::string output = absl::GetFlag(FLAGS_json)
                                 ? DiagnosisAsJson(diagnosis)
                                 : DiagnosisAsText(diagnosis);
  std::fputs(output.c_str(), stdout);
  return diagnosis.status.on() ? kExitOn : kExitOff;
}

}  // namespace
}  // namespace slicelock::rseq_abi

int main(int argc, char** argv) {
  return slicelock::rseq_abi::Main(argc, argv);
}
