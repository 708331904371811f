#include "locks/observe/standard_error.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>

#include "rseq_abi/system_call.h"

namespace slicelock {

void PrintLine(const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line, sizeof(line) - 1, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  const auto end = std::min<size_t>(length, sizeof(line) - 2);
  line[end] = '\n';
  // If standard error is gone there is nobody left to tell.
  rseq_abi::SystemCall(SYS_write, STDERR_FILENO, line, end + 1);
}

}  // namespace slicelock
