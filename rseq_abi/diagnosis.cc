#include "rseq_abi/diagnosis.h"

#include <stdlib.h>
#include <sys/utsname.h>

#include <atomic>
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "rseq_abi/c_library.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/status.h"

namespace slicelock::rseq_abi {
namespace {

std::optional<std::string> Variable(const char* name) {
  const char* const value = secure_getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

std::optional<int> AsNumber(const std::optional<std::string>& text) {
  int number;
  if (!text.has_value() || !absl::SimpleAtoi(*text, &number)) {
    return std::nullopt;
  }
  return number;
}

// The rest of the last word of a file that begins with `prefix`: the kernel,
// too, heeds the last.
std::optional<std::string> WordAfter(const std::string& path,
                                     absl::string_view prefix) {
  std::ifstream file(path);
  std::optional<std::string> found;
  for (std::string word; file >> word;) {
    absl::string_view rest = word;
    if (absl::ConsumePrefix(&rest, prefix)) found = std::string(rest);
  }
  return found;
}

std::optional<std::string> KernelOption(const std::string& release) {
  const std::string path = absl::StrCat("/boot/config-", release);
  if (!std::ifstream(path)) return std::nullopt;
  return WordAfter(path, "CONFIG_RSEQ_SLICE_EXTENSION=").value_or("n");
}

std::optional<int> SeccompMode() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    int mode;
    if (word == "Seccomp:" && file >> mode) return mode;
  }
  return std::nullopt;
}

std::optional<std::string> FirstWord(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  if (!(file >> word)) return std::nullopt;
  return word;
}

}  // namespace

Diagnosis Diagnose() {
  Diagnosis diagnosis;
  diagnosis.status = GetStatus();

  if (utsname name; uname(&name) == 0) {
    diagnosis.system = name.sysname;
    diagnosis.release = name.release;
    diagnosis.machine = name.machine;
  }
  diagnosis.kernel_option = KernelOption(diagnosis.release);
  diagnosis.boot_parameter = WordAfter("/proc/cmdline", "rseq_slice_ext=");
  diagnosis.slice_ext_nsec =
      AsNumber(FirstWord("/sys/kernel/debug/rseq/slice_ext_nsec"));

  diagnosis.area_feature_size = AreaFeatureSize();
  diagnosis.area_alignment = AreaAlignment();

  if (const char* const version = GlibcVersion(); version != nullptr) {
    diagnosis.glibc_version = version;
  }
  diagnosis.c_library_rseq = ReadCLibraryRseq();

  const RegisteredArea registered = FindRegisteredArea();
  diagnosis.area_owner = registered.owner;
  if (registered.area != nullptr) {
    diagnosis.area_flags =
        registered.area->flags.load(std::memory_order_relaxed);
  }
  diagnosis.slice_extension_get = SliceExtensionEnabled();
  diagnosis.slice_extension_set = AnswerToEnabling();

  diagnosis.seccomp_mode = SeccompMode();
  diagnosis.slicelock_rseq = Variable("SLICELOCK_RSEQ");
  diagnosis.glibc_tunables = Variable("GLIBC_TUNABLES");
  return diagnosis;
}

}  // namespace slicelock::rseq_abi
