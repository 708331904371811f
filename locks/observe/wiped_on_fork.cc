#include "locks/observe/wiped_on_fork.h"

#include <sys/mman.h>

#include <cerrno>

namespace slicelock {

void* MapWipedOnFork(size_t size) {
  const int saved_errno = errno;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    memory = nullptr;
  } else {
#ifdef MADV_WIPEONFORK
    madvise(memory, size, MADV_WIPEONFORK);
#endif
  }
  errno = saved_errno;
  return memory;
}

void Unmap(void* memory, size_t size) {
  const int saved_errno = errno;
  munmap(memory, size);
  errno = saved_errno;
}

}  // namespace slicelock
