// What the kernel's files say, for the doctor.

#ifndef SLICELOCK_RSEQ_ABI_KERNEL_TEXT_H_
#define SLICELOCK_RSEQ_ABI_KERNEL_TEXT_H_

#include <istream>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace slicelock::rseq_abi {

// The rest of the last word that begins with `prefix`: of options that are set
// twice the kernel, too, heeds the last.
std::optional<std::string> LastWordAfter(absl::string_view prefix,
                                         std::istream& text);

// The number in the first line that begins with `prefix`.
std::optional<int> NumberInLine(absl::string_view prefix, std::istream& text);

}  // namespace slicelock::rseq_abi

#endif  // SLICELOCK_RSEQ_ABI_KERNEL_TEXT_H_
