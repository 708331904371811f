#include "rseq_abi/diagnosis.h"

#include <stdlib.h>
#include <sys/utsname.h>

#include <atomic>
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "rseq_abi/c_library.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/kernel_text.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/status.h"

namespace slicelock::rseq_abi {
namespace {

std::optional<std::string> Variable(const char* name) {
  const char* const value = secure_getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

std::optional<std::string> KernelOption(const std::string& release) {
  std::ifstream file(absl::StrCat("/boot/config-", release));
  if (!file) return std::nullopt;
  return LastWordAfter("CONFIG_RSEQ_SLICE_EXTENSION=", file).value_or("n");
}

std::optional<std::string> BootParameter() {
  std::ifstream file("/proc/cmdline");
  return LastWordAfter("rseq_slice_ext=", file);
}

std::optional<int> ExtensionLength() {
  std::ifstream file("/sys/kernel/debug/rseq/slice_ext_nsec");
  return NumberInLine("", file);
}

std::optional<int> SeccompMode() {
  std::ifstream file("/proc/self/status");
  return NumberInLine("Seccomp:", file);
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
  diagnosis.boot_parameter = BootParameter();
  diagnosis.slice_ext_nsec = ExtensionLength();

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
