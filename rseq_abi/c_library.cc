#include "rseq_abi/c_library.h"

#include <algorithm>
#include <cstddef>

// glibc 2.35 and later say where the area is, by offset from the thread
// pointer, and how much of it they registered (0: nothing). Weak, since other C
// libraries do not have them. (glibc declares the first as ptrdiff_t, the
// second as unsigned int, both const.)
extern "C" {
extern const std::ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
}

namespace slicelock::rseq_abi {

char* ThreadPointer() {
  char* pointer;
#if defined(__x86_64__)
  asm("mov %%fs:0, %0" : "=r"(pointer));
#elif defined(__i386__)
  asm("mov %%gs:0, %0" : "=r"(pointer));
#else
  pointer = static_cast<char*>(__builtin_thread_pointer());
#endif
  return pointer;
}

CLibraryArea FindCLibraryArea() {
  if (&__rseq_offset == nullptr || &__rseq_size == nullptr) return {};
  if (__rseq_size == 0) return {};
  auto* area = reinterpret_cast<RseqArea*>(ThreadPointer() + __rseq_offset);
  if (!area->registered()) return {};
  // __rseq_size counts the bytes in use, 20 for the legacy registration of 32.
  return {area, std::max<uint32_t>(__rseq_size, kLegacyLength)};
}

}  // namespace slicelock::rseq_abi
