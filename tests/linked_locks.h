// What linking_test does with locks, apart from it so that it can also stand in
// a shared object.

#ifndef SLICELOCK_TESTS_LINKED_LOCKS_H_
#define SLICELOCK_TESTS_LINKED_LOCKS_H_

#include <cstdint>

// Has `threads` threads acquire a lock of each kind `times` times, and returns
// what they counted.
int64_t LockInThreads(int threads, int times);

const char* StatusSentence();

bool ExtensionIsOn();

#endif  // SLICELOCK_TESTS_LINKED_LOCKS_H_
