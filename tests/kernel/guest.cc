// Runs a command in a QEMU guest whose kernel grants time slice extensions:
//
//   guest [FLAG...] [--] COMMAND [ARGUMENT...]
//
// A library with main(), so that a test can be this program (guest_test.bzl).

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "rseq_abi/policy.h"
#include "rseq_abi/status.h"
#include "tests/kernel/accelerator.h"
#include "tests/kernel/argv.h"
#include "tests/kernel/command.h"
#include "tests/kernel/machine.h"
#include "tests/kernel/run.h"
#include "tests/kernel/runfiles.h"

ABSL_FLAG(int, cpus, 2, "virtual CPUs");
ABSL_FLAG(int, memory, 2048, "memory of the guest in MiB");
ABSL_FLAG(int, slice_ns, 0,
          "how long a time slice extension is, 5000 to 50000 ns; 0: 50000 "
          "under software emulation, which is slow, and else what the kernel "
          "has by itself");
ABSL_FLAG(std::string, append, "", "more for the kernel's command line");
ABSL_FLAG(std::string, root, "",
          "a root folder, such as one made by mmdebstrap, that is laid over "
          "the host's");
ABSL_FLAG(absl::Duration, timeout, absl::Minutes(30),
          "how long the command may run; 0: as long as it likes");
ABSL_FLAG(absl::Duration, boot_timeout, absl::Seconds(60),
          "how long the guest may take to start the command");
ABSL_FLAG(std::string, kernel, "",
          "another kernel (bzImage) than //tests/kernel:image, such as "
          "//tests/kernel:real_time_image");
ABSL_FLAG(std::string, accel, "auto",
          "auto, kvm or tcg (software emulation); auto is kvm where it works");
ABSL_FLAG(bool, when_needed, false,
          "run the command without a guest if this very kernel grants time "
          "slice extensions");

namespace slicelock::kernel {
namespace {

constexpr char kUsage[] =
    "runs COMMAND in a guest whose kernel grants time slice extensions: the "
    "host's files read-only, /tmp writable.\n"
    "usage: guest [FLAG...] [--] COMMAND [ARGUMENT...]";

// As of docker, so that it is hardly ever the command's own.
constexpr int kGuestFailed = 125;
constexpr int kTimedOut = 124;

// What the guest's kernel takes.
constexpr int kMaxCpus = 64;
constexpr int kMinMemoryMib = 128;
constexpr int kMinSliceNs = 5000;
constexpr int kMaxSliceNs = 50000;

// Slow as it is, emulated code gets the longest extension there is.
constexpr int kEmulationSliceNs = kMaxSliceNs;

// A KVM that works has a guest up in a second.
constexpr absl::Duration kKvmTrial = absl::Seconds(15);

void Say(const std::string& sentence) {
  fprintf(stderr, "guest: %s\n", sentence.c_str());
}

int Fail(const std::string& sentence) {
  Say(sentence);
  return kGuestFailed;
}

// Whether the running kernel grants the extension, if need be by taking over
// from this process' C library. (Whether the command, with its own, can use it
// is for the command to find out.)
bool HostGrantsExtensions() {
  SetPolicy(Policy::kTakeover);
  return GetStatus().on();
}

bool TakesNextArgument(absl::string_view flag) {
  absl::ConsumePrefix(&flag, "-");
  absl::ConsumePrefix(&flag, "-");
  if (absl::StrContains(flag, "=")) return false;
  const absl::CommandLineFlag* known = absl::FindCommandLineFlag(flag);
  return known != nullptr && !known->IsOfType<bool>();
}

// How many arguments are ours; flags behind the command are the command's.
int CountOwnArguments(int argc, char** argv) {
  int count = 1;
  while (count < argc && argv[count][0] == '-' &&
         absl::string_view(argv[count]) != "--") {
    count += TakesNextArgument(argv[count]) ? 2 : 1;
  }
  return std::min(count, argc);
}

std::vector<std::string> ParseArguments(int argc, char** argv) {
  const int own = CountOwnArguments(argc, argv);
  absl::SetProgramUsageMessage(kUsage);
  std::vector<char*> flags(argv, argv + own);
  flags.push_back(nullptr);
  absl::ParseCommandLine(own, flags.data());
  std::vector<std::string> command(argv + own, argv + argc);
  if (!command.empty() && command[0] == "--") command.erase(command.begin());
  return command;
}

std::string AbsolutePath(const std::string& path) {
  return std::filesystem::path(DirectoryFor(path)) / path;
}

int RunHere(Command command) {
  if (chdir(command.directory.c_str()) != 0) {
    return Fail(absl::StrCat("cannot enter ", command.directory, ": ",
                             strerror(errno)));
  }
  execvp(command.argv[0].c_str(), Argv(command.argv).data());
  const int error = errno;
  Say(absl::StrCat(command.argv[0], ": ", strerror(error)));
  return error == ENOENT ? 127 : 126;
}

Machine MachineFromFlags() {
  Machine machine;
  machine.initramfs = FindRunfile("tests/kernel/initramfs.cpio");
  const std::string kernel = absl::GetFlag(FLAGS_kernel);
  machine.kernel = kernel.empty() ? FindRunfile("tests/kernel/bzImage")
                                  : AbsolutePath(kernel);
  const std::string root = absl::GetFlag(FLAGS_root);
  if (!root.empty()) machine.root = AbsolutePath(root);
  machine.append = absl::GetFlag(FLAGS_append);
  machine.cpus = absl::GetFlag(FLAGS_cpus);
  machine.memory_mib = absl::GetFlag(FLAGS_memory);
  machine.boot_timeout = absl::GetFlag(FLAGS_boot_timeout);
  machine.timeout = absl::GetFlag(FLAGS_timeout);
  if (machine.timeout == absl::ZeroDuration()) {
    machine.timeout = absl::InfiniteDuration();
  }
  return machine;
}

bool IsKernelImage(const std::string& path) {
  constexpr char kMagic[] = {'H', 'd', 'r', 'S'};
  constexpr int kMagicOffset = 0x202;
  char found[sizeof(kMagic)] = {};
  std::ifstream(path).seekg(kMagicOffset).read(found, sizeof(found));
  return std::equal(std::begin(kMagic), std::end(kMagic), found);
}

// What is wrong with it, if anything, in one sentence.
std::string Complaint(const Machine& machine) {
  if (machine.initramfs.empty() || machine.kernel.empty()) {
    return "cannot find its kernel: start it with bazel run, or as a data "
           "dependency of what bazel runs";
  }
  if (!IsKernelImage(machine.kernel)) {
    return absl::StrCat(machine.kernel, " is not a Linux kernel (bzImage)");
  }
  if (!machine.root.empty() && !std::filesystem::is_directory(machine.root)) {
    return absl::StrCat("no folder ", machine.root, " (--root)");
  }
  if (machine.cpus < 1 || machine.cpus > kMaxCpus) {
    return absl::StrCat("--cpus is 1 to ", kMaxCpus, ", not ", machine.cpus);
  }
  if (machine.memory_mib < kMinMemoryMib) {
    return absl::StrCat("--memory is at least ", kMinMemoryMib, " MiB, not ",
                        machine.memory_mib);
  }
  const int slice_ns = absl::GetFlag(FLAGS_slice_ns);
  if (slice_ns != 0 && (slice_ns < kMinSliceNs || slice_ns > kMaxSliceNs)) {
    return absl::StrCat("--slice_ns is ", kMinSliceNs, " to ", kMaxSliceNs,
                        ", or 0, not ", slice_ns);
  }
  if (machine.timeout < absl::ZeroDuration()) {
    return absl::StrCat("--timeout is at least 0, not ",
                        absl::FormatDuration(machine.timeout));
  }
  if (machine.boot_timeout <= absl::ZeroDuration()) {
    return absl::StrCat("--boot_timeout is above 0, not ",
                        absl::FormatDuration(machine.boot_timeout));
  }
  return "";
}

Outcome RunOn(Accelerator accelerator, Machine machine,
              const Command& command) {
  machine.accelerator = accelerator;
  machine.slice_ns = absl::GetFlag(FLAGS_slice_ns);
  if (machine.slice_ns == 0 && accelerator == Accelerator::kTcg) {
    machine.slice_ns = kEmulationSliceNs;
  }
  return Run(machine, command);
}

Outcome RunOnWhatWorks(Machine machine, const Command& command) {
  const KvmVerdict verdict = LoadKvmVerdict();
  if (verdict == KvmVerdict::kBroken) {
    return RunOn(Accelerator::kTcg, machine, command);
  }
  if (verdict == KvmVerdict::kWorks) {
    return RunOn(Accelerator::kKvm, machine, command);
  }
  Machine trial = machine;
  trial.boot_timeout = std::min(trial.boot_timeout, kKvmTrial);
  Outcome outcome = RunOn(Accelerator::kKvm, trial, command);
  if (outcome.end != End::kNoBoot && outcome.end != End::kBootTimedOut) {
    if (outcome.end == End::kExited) SaveKvmVerdict(KvmVerdict::kWorks);
    return outcome;
  }
  Say("this host's KVM runs no guest; trying software emulation");
  outcome = RunOn(Accelerator::kTcg, machine, command);
  if (outcome.end == End::kExited) SaveKvmVerdict(KvmVerdict::kBroken);
  return outcome;
}

std::string Within(absl::Duration limit, absl::string_view flag) {
  return absl::StrCat(" within ", absl::FormatDuration(limit), " (", flag, ")");
}

std::string WithConsole(const std::string& sentence, const Outcome& outcome) {
  if (outcome.console.empty()) return sentence;
  return absl::StrCat(sentence, "; its console ends with:\n", outcome.console);
}

int Report(const Outcome& outcome, const Machine& machine) {
  switch (outcome.end) {
    case End::kExited:
      return outcome.number;
    case End::kNoQemu:
      return Fail(
          "no qemu-system-x86_64 on the PATH; on Debian and Ubuntu: "
          "sudo apt-get install qemu-system-x86");
    case End::kNoFolder:
      return Fail(absl::StrCat("cannot make a temporary folder: ",
                               strerror(outcome.number)));
    case End::kNoBoot:
      return Fail(
          WithConsole(absl::StrCat("did not boot ", machine.kernel), outcome));
    case End::kBootTimedOut:
      return Fail(WithConsole(
          absl::StrCat("did not boot ", machine.kernel,
                       Within(machine.boot_timeout, "--boot_timeout")),
          outcome));
    case End::kDied:
      return Fail(WithConsole("ended before the command did", outcome));
    case End::kTimedOut:
      Fail(WithConsole(absl::StrCat("the command did not end",
                                    Within(machine.timeout, "--timeout")),
                       outcome));
      return kTimedOut;
    case End::kInterrupted:
      signal(outcome.number, SIG_DFL);
      raise(outcome.number);
      return 128 + outcome.number;
  }
  return kGuestFailed;
}

int RunInGuest(const Machine& machine, const Command& command) {
  const std::string complaint = Complaint(machine);
  if (!complaint.empty()) return Fail(complaint);
  const std::string accel = absl::GetFlag(FLAGS_accel);
  if (accel == "auto") {
    return Report(RunOnWhatWorks(machine, command), machine);
  }
  if (accel == "kvm") {
    return Report(RunOn(Accelerator::kKvm, machine, command), machine);
  }
  if (accel == "tcg") {
    return Report(RunOn(Accelerator::kTcg, machine, command), machine);
  }
  return Fail(absl::StrCat("--accel is auto, kvm or tcg, not ", accel));
}

int Main(int argc, char** argv) {
  std::vector<std::string> arguments = ParseArguments(argc, argv);
  if (arguments.empty()) return Fail(kUsage);
  const Command command = MakeCommand(std::move(arguments));
  if (absl::GetFlag(FLAGS_when_needed) && HostGrantsExtensions()) {
    return RunHere(command);
  }
  return RunInGuest(MachineFromFlags(), command);
}

}  // namespace
}  // namespace slicelock::kernel

int main(int argc, char** argv) { return slicelock::kernel::Main(argc, argv); }
