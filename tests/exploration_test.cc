#include "tests/exploration.h"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/single_step.h"

namespace slicelock::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::UnorderedElementsAre;

// What the code computes, and how many events may yet happen.
struct State {
  int32_t sum = 0;
  int32_t events_left = 0;
} state;

[[gnu::noinline]] void DoubleTwice() {
  volatile int32_t& sum = state.sum;
  sum = sum * 2;
  sum = sum * 2;
}

[[gnu::noinline]] void AddHundred() {
  volatile int32_t& sum = state.sum;
  sum = sum + 100;
}

// Events: 0 adds 1, 1 is a signal whose handler adds 100.
class Doubling : public ExploredCode {
 public:
  explicit Doubling(unsigned events, int most) : events_(events) {
    state = {1, most};
  }

  void Run() override { DoubleTwice(); }
  uintptr_t entry() const override {
    return reinterpret_cast<uintptr_t>(DoubleTwice);
  }
  std::vector<Memory> memory() override { return {{&state, sizeof(state)}}; }
  bool Arrive(const InstructionPoint& point) override {
    instructions.insert(point.address());
    return true;
  }
  unsigned EventsAt(const InstructionPoint&) override {
    return state.events_left > 0 ? events_ : 0;
  }
  void Inject(int event, InstructionPoint& point) override {
    --state.events_left;
    injected.insert({event, point.address()});
    if (event == 0) {
      ++state.sum;
    } else {
      point.DeliverSignal(AddHundred);
    }
  }
  bool Execute(InstructionPoint& point) override {
    if (!point.is_return_from_signal()) return false;
    point.ReturnFromSignal();
    return true;
  }
  void End() override {
    ++runs;
    sums.insert(state.sum);
  }

  std::set<uintptr_t> instructions;
  std::set<std::pair<int, uintptr_t>> injected;
  std::set<int32_t> sums;
  int runs = 0;

 private:
  const unsigned events_;
};

TEST(ExplorationTest, WithoutEventsTheCodeRunsOnce) {
  Doubling code(/*events=*/0, /*most=*/0);
  Explore(code);
  EXPECT_THAT(code.sums, UnorderedElementsAre(4));
  EXPECT_EQ(code.runs, 1);
}

TEST(ExplorationTest, AnEventHappensAtEachInstruction) {
  Doubling code(/*events=*/1, /*most=*/1);
  Explore(code);
  EXPECT_EQ(code.injected.size(), code.instructions.size());
  EXPECT_GT(code.instructions.size(), 5u);
  // None, before the first doubling, before the second, after it. (An event
  // between a load and its store is lost.)
  EXPECT_THAT(code.sums, UnorderedElementsAre(4, 8, 6, 5));
}

TEST(ExplorationTest, EventsHappenInEachOrder) {
  Doubling code(/*events=*/1, /*most=*/2);
  Explore(code);
  for (const int sum : {4, 8, 6, 5, 12, 10, 9, 7}) {
    EXPECT_THAT(code.sums, Contains(sum));
  }
}

TEST(ExplorationTest, ASignalHandlerRunsAtEachInstruction) {
  Doubling code(/*events=*/2, /*most=*/1);
  Explore(code);
  for (const int sum : {4, 404, 204, 104}) {
    EXPECT_THAT(code.sums, Contains(sum));
  }
}

TEST(ExplorationTest, RunningEqualStatesOnceComesToTheSameEnds) {
  for (const unsigned events : {1u, 2u, 3u}) {
    Doubling once(events, /*most=*/2);
    Explore(once);
    Doubling each_time(events, /*most=*/2);
    Explore(each_time, SameStates::kRunEachTime);
    EXPECT_EQ(once.sums, each_time.sums);
    EXPECT_EQ(once.instructions, each_time.instructions);
    EXPECT_EQ(once.injected, each_time.injected);
    EXPECT_LT(once.runs, each_time.runs);
  }
}

TEST(ExplorationTest, NothingOfTheRunsRemains) {
  Doubling code(/*events=*/3, /*most=*/2);
  Explore(code);
  EXPECT_EQ(state.sum, 1);
  EXPECT_EQ(state.events_left, 2);
}

}  // namespace
}  // namespace slicelock::testing
