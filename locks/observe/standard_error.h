// Lines on standard error from places where a program may hold any lock: no
// allocation, no buffer that threads share, errno untouched.

#ifndef SLICELOCK_LOCKS_OBSERVE_STANDARD_ERROR_H_
#define SLICELOCK_LOCKS_OBSERVE_STANDARD_ERROR_H_

namespace slicelock {

// Writes one line, by one system call; it is cut off after some 500 bytes. The
// format is printf's, without the newline.
void PrintLine(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_STANDARD_ERROR_H_
