#include "locks/fatal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/base/attributes.h"

namespace slicelock {

ABSL_ATTRIBUTE_COLD void Fatal(const char* misuse, const void* lock) {
  char line[256];
  const int length =
      snprintf(line, sizeof(line), "slicelock: %s (%p)\n", misuse, lock);
  const auto written = std::min<size_t>(length, sizeof(line) - 1);
  // If standard error is gone there is nobody left to tell.
  [[maybe_unused]] const ssize_t result = write(STDERR_FILENO, line, written);
  abort();
}

}  // namespace slicelock
