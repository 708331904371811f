// Everything that decides whether the calling thread gets time slice
// extensions, and the answer.

#ifndef SLICELOCK_RSEQ_ABI_DIAGNOSIS_H_
#define SLICELOCK_RSEQ_ABI_DIAGNOSIS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "rseq_abi/c_library.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/status.h"

namespace slicelock::rseq_abi {

// Nullopt is what could not be read, or is not there.
struct Diagnosis {
  Status status = Status(StatusCode::kOffUnprepared);

  // As uname(2) says, such as "Linux", "7.3.4" and "x86_64".
  std::string system;
  std::string release;
  std::string machine;
  // The value of CONFIG_RSEQ_SLICE_EXTENSION in the kernel's configuration in
  // /boot: "y", or "n" if it is not set.
  std::optional<std::string> kernel_option;
  // The value of rseq_slice_ext= on the kernel's command line.
  std::optional<std::string> boot_parameter;
  // How long an extension is. (Only root can read it.)
  std::optional<int> slice_ext_nsec;

  // Of the auxiliary vector; 0 if not there.
  unsigned long area_feature_size = 0;
  unsigned long area_alignment = 0;

  // Such as "2.36".
  std::optional<std::string> glibc_version;
  std::optional<CLibraryRseq> c_library_rseq;

  // The area that is registered now, after the library has done what it can.
  AreaOwner area_owner = AreaOwner::kUnknown;
  std::optional<uint32_t> area_flags;
  // What prctl(PR_RSEQ_SLICE_EXTENSION, PR_RSEQ_SLICE_EXTENSION_GET) answers:
  // 1, 0, or -errno.
  long slice_extension_get = 0;
  // What ..._SET answered as the thread was prepared: 0 or -errno. Nullopt if
  // there was no reason to ask.
  std::optional<long> slice_extension_set;

  // As in /proc/self/status: 0 none, 1 strict, 2 a filter.
  std::optional<int> seccomp_mode;

  // Environment variables.
  std::optional<std::string> slicelock_rseq;
  std::optional<std::string> glibc_tunables;
};

// Prepares the calling thread as its first lock would, and looks around.
Diagnosis Diagnose();

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_DIAGNOSIS_H_
