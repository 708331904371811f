#include "bench/machine.h"

#include <sys/utsname.h>

#include <string>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/kernel/text_file.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstring>
#endif

namespace slicelock::bench {
namespace {

std::string OrUnknown(std::string text) {
  absl::StripAsciiWhitespace(&text);
  return text.empty() ? "unknown" : text;
}

std::string Kernel() {
  utsname name;
  if (uname(&name) != 0) return "";
  return absl::StrCat(name.sysname, " ", name.release, " ", name.machine);
}

#if defined(__x86_64__)

// A hypervisor's own name for itself; empty on bare metal.
std::string HypervisorSignature() {
  constexpr unsigned kHypervisorPresent = 1u << 31;
  constexpr unsigned kSignatureLeaf = 0x40000000;
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return "";
  if ((ecx & kHypervisorPresent) == 0) return "";
  __cpuid(kSignatureLeaf, eax, ebx, ecx, edx);
  const unsigned words[] = {ebx, ecx, edx};
  char text[sizeof(words) + 1] = {};
  std::memcpy(text, words, sizeof(words));
  return text;
}

std::string Accelerator() {
  std::string signature = HypervisorSignature();
  if (signature.empty()) return "none, bare metal";
  if (signature == "TCGTCGTCGTCG") return "QEMU's software emulation (tcg)";
  if (signature == "KVMKVMKVM") return "KVM";
  return signature;
}

#else

std::string Accelerator() { return ""; }

#endif

std::string SliceLength() {
  std::string nanoseconds =
      kernel::ReadTextFile("/sys/kernel/debug/rseq/slice_ext_nsec");
  absl::StripAsciiWhitespace(&nanoseconds);
  if (nanoseconds.empty()) return "";
  return absl::StrCat(nanoseconds, " ns");
}

std::string Date() {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::Now(),
                          absl::UTCTimeZone());
}

}  // namespace

std::string CpuModel() {
  const std::string info = kernel::ReadTextFile("/proc/cpuinfo");
  for (const absl::string_view line : absl::StrSplit(info, '\n')) {
    if (!absl::StartsWith(line, "model name")) continue;
    return std::string(
        absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
  }
  return "";
}

Facts DescribeMachine(const std::string& host_cpu) {
  const std::string processor =
      host_cpu.empty() ? CpuModel()
                       : absl::StrCat(host_cpu, ", seen as ", CpuModel());
  return {
      {"kernel", "Kernel", OrUnknown(Kernel())},
      {"cpu_model", "Processor", OrUnknown(processor)},
      {"cpus", "CPUs", absl::StrCat(std::thread::hardware_concurrency())},
      {"accelerator", "Accelerator", OrUnknown(Accelerator())},
      {"slice_ext", "Extensions", OrUnknown(SliceLength())},
      {"measured_at", "Date", Date()},
  };
}

}  // namespace slicelock::bench
