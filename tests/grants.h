// Whether the locks of a thread still request, and are granted, extensions.

#ifndef SLICELOCK_TESTS_GRANTS_H_
#define SLICELOCK_TESTS_GRANTS_H_

#include <string>

namespace slicelock::testing {

// What is wrong with the calling thread, which is in no section: it counts
// itself in one, or has left a request behind, or does not get the extension
// that this process was started to get, or is not granted any time though
// others want its CPU. Empty if nothing is.
std::string ThreadComplaint();

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_GRANTS_H_
