// The probes that a program has, as its notes describe them to tracers.

#ifndef SLICELOCK_TESTS_PROBE_NOTES_H_
#define SLICELOCK_TESTS_PROBE_NOTES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace slicelock::testing {

struct ProbeNote {
  std::string name;
  uintptr_t address;      // In the running process, of an instruction.
  std::string arguments;  // Such as `8@%rdi`: eight bytes, in a register.
};

// Those of slicelock in the running program.
std::vector<ProbeNote> OwnProbeNotes();

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_PROBE_NOTES_H_
