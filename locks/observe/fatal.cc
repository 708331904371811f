#include "locks/observe/fatal.h"

#include <cstdlib>

#include "absl/base/attributes.h"
#include "locks/observe/lock_records.h"
#include "locks/observe/stack_trace.h"
#include "locks/observe/standard_error.h"

namespace slicelock {

ABSL_ATTRIBUTE_COLD void Fatal(const char* misuse, const void* lock) {
  PrintLine("slicelock: %s: %s", misuse, LockName(lock).text());
  StackTrace::Here().Print();
  abort();
}

}  // namespace slicelock
