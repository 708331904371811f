#include "rseq_abi/c_library.h"

#include <algorithm>
#include <cstddef>
#include <optional>

// glibc's, as it declares them. Weak, since other C libraries do not have them.
extern "C" {
extern const std::ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
extern const unsigned int __rseq_flags __attribute__((weak));
const char* gnu_get_libc_version() noexcept __attribute__((weak));
}

namespace slicelock::rseq_abi {

char* ThreadPointer() {
  char* pointer;
#if defined(__x86_64__)
  asm("mov %%fs:0, %0" : "=r"(pointer));
#elif defined(__i386__)
  asm("mov %%gs:0, %0" : "=r"(pointer));
#elif defined(__powerpc64__)
  asm("mr %0, 13" : "=r"(pointer));
#elif defined(__powerpc__)
  asm("mr %0, 2" : "=r"(pointer));
#else
  pointer = static_cast<char*>(__builtin_thread_pointer());
#endif
  return pointer;
}

std::optional<CLibraryRseq> ReadCLibraryRseq() {
  if (&__rseq_offset == nullptr || &__rseq_size == nullptr) return std::nullopt;
  return CLibraryRseq{__rseq_offset, __rseq_size,
                      &__rseq_flags == nullptr ? 0 : __rseq_flags};
}

const char* GlibcVersion() {
  return gnu_get_libc_version == nullptr ? nullptr : gnu_get_libc_version();
}

CLibraryArea FindCLibraryArea() {
  const std::optional<CLibraryRseq> rseq = ReadCLibraryRseq();
  if (!rseq.has_value() || rseq->size == 0) return {};
  auto* area = reinterpret_cast<RseqArea*>(ThreadPointer() + rseq->offset);
  if (!area->registered()) return {};
  // glibc says 20 of the legacy registration of 32.
  return {area, std::max<uint32_t>(rseq->size, kLegacyLength)};
}

}  // namespace slicelock::rseq_abi
