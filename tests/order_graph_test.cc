#include "locks/observe/order_graph.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slicelock {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kMaxLocks = 16;
constexpr int kMaxEdges = 32;

class OrderGraphTest : public ::testing::Test {
 protected:
  // Returns the way back that `held` before `acquired` would make a cycle, as
  // locks from the first to the last.
  std::vector<int> Add(int held, int acquired) {
    std::vector<int> locks;
    const int steps = graph_->Add(
        &locks_[held], &locks_[acquired], StackTrace(), [&](const auto& step) {
          if (locks.empty()) locks.push_back(NumberOf(step.held));
          EXPECT_EQ(NumberOf(step.held), locks.back());
          locks.push_back(NumberOf(step.acquired));
        });
    EXPECT_EQ(steps + (steps != 0 ? 1 : 0), locks.size());
    return locks;
  }

  bool Knows(int held, int acquired) {
    return graph_->Knows(&locks_[held], &locks_[acquired]);
  }

  void Forget(int lock) { graph_->Forget(&locks_[lock]); }

  int NumberOf(const void* lock) {
    return static_cast<int>(static_cast<const char*>(lock) - locks_);
  }

  using Graph = OrderGraph<kMaxLocks, kMaxEdges>;

  const std::unique_ptr<Graph> graph_ = std::make_unique<Graph>();
  const char locks_[1000] = {};
};

TEST_F(OrderGraphTest, KnowsWhatWasAddedInThatOrderOnly) {
  EXPECT_FALSE(Knows(1, 2));
  Add(1, 2);
  EXPECT_TRUE(Knows(1, 2));
  EXPECT_FALSE(Knows(2, 1));
}

TEST_F(OrderGraphTest, TheOtherOrderClosesACycle) {
  EXPECT_THAT(Add(1, 2), IsEmpty());
  EXPECT_THAT(Add(2, 1), ElementsAre(1, 2));
}

TEST_F(OrderGraphTest, TheShortestWayBackIsTold) {
  Add(1, 2);
  Add(2, 3);
  Add(3, 4);
  Add(2, 4);
  EXPECT_THAT(Add(4, 1), ElementsAre(1, 2, 4));
}

TEST_F(OrderGraphTest, ACycleIsKnownOnceItWasTold) {
  Add(1, 2);
  Add(2, 1);
  EXPECT_TRUE(Knows(2, 1));
}

TEST_F(OrderGraphTest, AnEdgeThatClosesACycleIsNoPartOfOthers) {
  Add(1, 2);
  Add(2, 1);
  EXPECT_THAT(Add(3, 2), IsEmpty());
  EXPECT_THAT(Add(1, 3), IsEmpty());
}

TEST_F(OrderGraphTest, EdgesAgainstTheOrderOfArrivalAreNoCycles) {
  EXPECT_THAT(Add(3, 4), IsEmpty());
  EXPECT_THAT(Add(1, 2), IsEmpty());
  EXPECT_THAT(Add(2, 3), IsEmpty());
  EXPECT_THAT(Add(5, 1), IsEmpty());
  EXPECT_THAT(Add(4, 5), ElementsAre(5, 1, 2, 3, 4));
}

TEST_F(OrderGraphTest, ALockThatIsForgottenHasNoOrder) {
  Add(1, 2);
  Add(2, 3);
  Forget(2);
  EXPECT_FALSE(Knows(1, 2));
  EXPECT_THAT(Add(3, 1), IsEmpty());
}

TEST_F(OrderGraphTest, ForgettingAnUnknownLockDoesNothing) {
  Add(1, 2);
  Forget(3);
  EXPECT_TRUE(Knows(1, 2));
}

TEST_F(OrderGraphTest, NothingIsKnownOnceItIsCleared) {
  Add(1, 2);
  Add(2, 3);
  graph_->Clear();
  EXPECT_FALSE(Knows(1, 2));
  EXPECT_FALSE(Knows(2, 3));
  EXPECT_THAT(Add(2, 1), IsEmpty());
}

TEST_F(OrderGraphTest, FullOfLocksItForgetsTheOldest) {
  for (int i = 0; i < kMaxLocks; ++i) Add(i, i + 1);
  EXPECT_FALSE(Knows(0, 1));
  EXPECT_TRUE(Knows(1, 2));
  EXPECT_THAT(Add(3, 1), ElementsAre(1, 2, 3));
}

TEST_F(OrderGraphTest, FullOfEdgesItForgetsTheOldestLocks) {
  int edges = 0;
  for (int to = 1; edges <= kMaxEdges; ++to) {
    for (int from = 0; from < to && edges <= kMaxEdges; ++from, ++edges) {
      Add(from, to);
    }
  }
  EXPECT_FALSE(Knows(0, 1));
  EXPECT_TRUE(Knows(1, 2));
}

TEST_F(OrderGraphTest, NoMatterHowManyLocksComeAndGo) {
  for (int i = 0; i + 4 < 1000; ++i) {
    for (int next = 1; next <= 4; ++next) Add(i, i + next);
  }
  EXPECT_TRUE(Knows(990, 994));
  EXPECT_THAT(Add(994, 990), ElementsAre(990, 994));
}

// Beside a graph that is searched through each time.
TEST_F(OrderGraphTest, FindsACycleExactlyWhereThereIsOne) {
  constexpr int kLocks = 6;
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    bool reachable[kLocks][kLocks] = {};
    graph_->Clear();
    for (int i = 0; i < 20; ++i) {
      const int from = static_cast<int>(random() % kLocks);
      const int to = static_cast<int>(random() % kLocks);
      if (from == to || Knows(from, to)) continue;
      const bool cycle = reachable[to][from];
      ASSERT_EQ(!Add(from, to).empty(), cycle) << from << " to " << to;
      if (cycle) continue;
      for (int a = 0; a < kLocks; ++a) {
        for (int b = 0; b < kLocks; ++b) {
          if ((a == from || reachable[a][from]) &&
              (b == to || reachable[to][b])) {
            reachable[a][b] = true;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace slicelock
