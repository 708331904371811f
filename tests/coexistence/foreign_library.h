// Stands in for libraries that have rseq areas of their own, such as allocators
// with a cache for each CPU.

#ifndef SLICELOCK_TESTS_COEXISTENCE_FOREIGN_LIBRARY_H_
#define SLICELOCK_TESTS_COEXISTENCE_FOREIGN_LIBRARY_H_

namespace foreign {

// Registers an area for the calling thread, of the length that all once had, as
// the first allocation of a thread would. False if the thread has another.
bool RegisterThread();

// Whether that area is still registered, and has what the library wrote to it.
bool AreaIsIntact();

}  // namespace foreign

#endif  // SLICELOCK_TESTS_COEXISTENCE_FOREIGN_LIBRARY_H_
