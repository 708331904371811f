// Runs code in all the ways that events between its instructions can make it
// go: every event at every instruction, then every event at every instruction
// of that run, and so forth. Each run goes to the end; but where two runs come
// to be in the same state, to the last byte, they have the same future, and it
// is run once.

#ifndef SLICELOCK_TESTS_EXPLORATION_H_
#define SLICELOCK_TESTS_EXPLORATION_H_

#include <vector>

#include "tests/single_step.h"

namespace slicelock::testing {

// An event, by number, before the instruction of that number.
struct Injection {
  int event;
  int instruction;
};

class ExploredCode {
 public:
  virtual ~ExploredCode() = default;

  virtual void Run() = 0;
  // The function in Run() that is explored.
  virtual uintptr_t entry() const = 0;

  // What decides how the code goes on, besides registers and stack. It is put
  // back to what it was, time and again.
  virtual std::vector<Memory> memory() = 0;

  // The code stands at `point`. Returns whether the run shall go on.
  virtual bool Arrive(const InstructionPoint& point) = 0;

  // The events that can happen there: bit i for number i.
  virtual unsigned EventsAt(const InstructionPoint& point) = 0;
  virtual void Inject(int event, InstructionPoint& point) = 0;

  // Executes the instruction at `point`, if that is not for the processor to
  // do. Returns whether it has.
  virtual bool Execute(InstructionPoint& point) = 0;

  // The code has come to its end.
  virtual void End() = 0;

  // What has happened in the present run.
  std::vector<Injection> history;
};

enum class SameStates { kRunOnce, kRunEachTime };

void Explore(ExploredCode& code, SameStates same_states = SameStates::kRunOnce);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_EXPLORATION_H_
