// Plays, in the program it is linked into, a C library that registers an area
// long enough for the extension, as glibc 2.41 does. The one that runs must
// register nothing: GLIBC_TUNABLES=glibc.pthread.rseq=0.

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "rseq_abi/c_library.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/rseq_area.h"

// They win over those of the C library.
extern "C" {
extern ptrdiff_t __rseq_offset;
extern unsigned int __rseq_size;
ptrdiff_t __rseq_offset;
unsigned int __rseq_size;
}

namespace slicelock::rseq_abi {
namespace {

__thread OwnRseqArea area __attribute__((tls_model("initial-exec")));

void RegisterThread() {
  const long result = RegisterArea(&area.area, __rseq_size);
  if (result == 0) return;
  fprintf(stderr, "rseq failed with %ld: is GLIBC_TUNABLES set?\n", result);
  abort();
}

__attribute__((constructor)) void RegisterFirstThread() {
  __rseq_offset = reinterpret_cast<char*>(&area) - ThreadPointer();
  __rseq_size = std::max<unsigned int>(AreaFeatureSize(), kLegacyLength);
  RegisterThread();
}

struct Start {
  void* (*run)(void*);
  void* argument;
};

void* RegisterAndRun(void* start) {
  RegisterThread();
  const std::unique_ptr<Start> mine(static_cast<Start*>(start));
  return mine->run(mine->argument);
}

}  // namespace
}  // namespace slicelock::rseq_abi

extern "C" int pthread_create(pthread_t* thread,
                              const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) {
  using slicelock::rseq_abi::RegisterAndRun;
  using slicelock::rseq_abi::Start;
  static const auto create = reinterpret_cast<decltype(&pthread_create)>(
      dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, RegisterAndRun, new Start{run, argument});
}
