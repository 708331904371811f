// What can go wrong around locks, and how it is brought about.

#ifndef SLICELOCK_TESTS_FAULTS_FAULTS_H_
#define SLICELOCK_TESTS_FAULTS_FAULTS_H_

#include <cstdint>
#include <ostream>
#include <vector>

#include "tests/faults/injection.h"

namespace slicelock::testing {

// Of the load. More than processors, so that holders are preempted.
inline constexpr int kLoadThreads = 12;

struct Fault {
  const char* name;
  // Has it happen to the calling process, in which a load runs, until the
  // injection is over. Returns how often it did, as far as its effect was seen.
  int64_t (*inject)(Injection&);
  // What is counted, and how often it has to be.
  const char* counted;
  int64_t least;
  // The setting (setting.h) of the machine that is to be restored; null: all
  // ends with the process.
  const char* setting = nullptr;
};

inline std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << fault.name;
}

// On any kernel.
std::vector<Fault> FaultsOfProcess();

// On a machine that is ours, with a kernel that grants extensions.
std::vector<Fault> FaultsOfMachine();

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_FAULTS_FAULTS_H_
