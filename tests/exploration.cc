#include "tests/exploration.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace slicelock::testing {
namespace {

class Exploration {
 public:
  Exploration(ExploredCode& code, SameStates same_states)
      : code_(code), same_states_(same_states), memory_(code.memory()) {}

  void AtInstruction(InstructionPoint& point) {
    if (done_ || !(started() || Start(point))) return;
    while (!StepsOn(point)) {
      if (!GoesBack(point)) return Leave(point);
    }
  }

 private:
  // A state in which there are events left to try.
  struct Branch {
    Moment moment;
    unsigned events;
    int instructions;
    std::vector<Injection> history;
  };

  bool started() const { return start_.has_value(); }

  bool Start(const InstructionPoint& point) {
    if (point.address() != code_.entry()) return false;
    stack_end_ = point.stack_pointer() + sizeof(uintptr_t);
    start_.emplace(point, stack_end_, memory_);
    return true;
  }

  // Whether the processor is to execute the instruction at `point`, in a state
  // that is new.
  bool StepsOn(InstructionPoint& point) {
    do {
      if (point.stack_pointer() >= stack_end_) {
        code_.End();
        return false;
      }
      if (!code_.Arrive(point) || !Note(point)) return false;
      ++instructions_;
    } while (code_.Execute(point));
    return true;
  }

  // Whether the state is new.
  bool Note(const InstructionPoint& point) {
    Moment moment(point, stack_end_, memory_);
    if (same_states_ == SameStates::kRunOnce &&
        !seen_.insert(std::hash<std::string>()(moment.bytes())).second) {
      return false;
    }
    const unsigned events = code_.EventsAt(point);
    if (events != 0) {
      branches_.push_back(
          {std::move(moment), events, instructions_, code_.history});
    }
    return true;
  }

  // To the last state with an event left; makes that happen.
  bool GoesBack(InstructionPoint& point) {
    while (!branches_.empty() && branches_.back().events == 0) {
      branches_.pop_back();
    }
    if (branches_.empty()) return false;
    Branch& branch = branches_.back();
    const int event = __builtin_ctz(branch.events);
    branch.events &= branch.events - 1;
    branch.moment.Restore(point, memory_);
    instructions_ = branch.instructions;
    code_.history = branch.history;
    code_.history.push_back({event, instructions_});
    code_.Inject(event, point);
    return true;
  }

  // As if the function had not been executed at all.
  void Leave(InstructionPoint& point) {
    start_->Restore(point, memory_);
    point.ReturnFromFunction(0);
    done_ = true;
  }

  ExploredCode& code_;
  const SameStates same_states_;
  const std::vector<Memory> memory_;
  std::optional<Moment> start_;
  uintptr_t stack_end_ = 0;
  bool done_ = false;
  int instructions_ = 0;
  std::vector<Branch> branches_;
  // Hashes, of 64 bits: that two of a million states share one is less likely
  // than a failure of the machine.
  std::unordered_set<size_t> seen_;
};

}  // namespace

void Explore(ExploredCode& code, SameStates same_states) {
  Exploration exploration(code, same_states);
  SingleStep([&code] { code.Run(); },
             [&exploration](InstructionPoint& point) {
               exploration.AtInstruction(point);
             });
}

}  // namespace slicelock::testing
