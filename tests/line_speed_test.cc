// What is made of looks at a word that others change, by a clock that is set.

#include "locks/core/line_speed.h"

#include <atomic>
#include <cstdint>

#include "gtest/gtest.h"

namespace slicelock {
namespace {

// Another thread changes the word while this one pauses. The look that comes
// after it is late, and the processor reads the clock once before it ends.
struct OtherCpu {
  static void Relax(int /*times*/) {
    if (++pauses >= changes_at) word = word.load() + 1;
    reads_since = 0;
  }
  static int64_t Now() {
    now += clock;
    ++reads;
    if (++reads_since == 4) now += look;
    return now;
  }

  static inline std::atomic<uint8_t> word{0};
  static inline int64_t now = 0;
  static inline int64_t clock = 0;
  static inline int64_t look = 0;
  static inline int reads = 0;
  static inline int reads_since = 0;
  static inline int pauses = 0;
  static inline int changes_at = 0;
};

class LineSpeedTest : public ::testing::Test {
 protected:
  LineSpeedTest() {
    OtherCpu::clock = 20;
    OtherCpu::changes_at = 0;
  }

  // So many looks, of so many nanoseconds beside the clock's.
  void Look(int times, int64_t nanoseconds) {
    OtherCpu::look = nanoseconds;
    for (int i = 0; i < times; ++i) {
      OtherCpu::pauses = OtherCpu::reads = 0;
      speed.Time<OtherCpu>(OtherCpu::word);
    }
  }

  LineSpeed speed;
};

TEST_F(LineSpeedTest, IsNotFastBeforeItIsSeen) {
  EXPECT_FALSE(speed.fast());
  OtherCpu::changes_at = 1000;
  Look(100, 10);
  EXPECT_FALSE(speed.fast()) << "a word that does not change tells nothing";
  EXPECT_LE(OtherCpu::reads, 32) << "it waits for a change";
}

TEST_F(LineSpeedTest, LooksAgainUntilTheWordChanges) {
  OtherCpu::changes_at = 5;
  Look(1, 10);
  EXPECT_TRUE(speed.fast());
}

TEST_F(LineSpeedTest, IsNotFastWhereTheClockCannotTell) {
  OtherCpu::clock = 0;
  Look(100, 0);
  EXPECT_FALSE(speed.fast()) << "it may stand still for longer than a look";
}

TEST_F(LineSpeedTest, IsNotFastWhereTheClockIsSlow) {
  OtherCpu::clock = 151;
  Look(1, 10);
  EXPECT_FALSE(speed.fast());
  EXPECT_LE(OtherCpu::reads, 4) << "it keeps the thread from the lock";
}

TEST_F(LineSpeedTest, IsFastWhereLooksTakeLittleMoreThanTheClock) {
  for (const int64_t clock : {1, 20, 60, 150}) {
    for (const int64_t look : {int64_t{0}, int64_t{40}, 64 + clock}) {
      SCOPED_TRACE(clock);
      SCOPED_TRACE(look);
      OtherCpu::clock = clock;
      LineSpeed one;
      OtherCpu::look = look;
      one.Time<OtherCpu>(OtherCpu::word);
      EXPECT_TRUE(one.fast());
    }
  }
}

TEST_F(LineSpeedTest, IsSlowWhereLooksTakeLonger) {
  for (const int64_t look : {85, 130, 300}) {
    SCOPED_TRACE(look);
    Look(100, 10);
    EXPECT_TRUE(speed.fast());
    Look(100, look);
    EXPECT_FALSE(speed.fast()) << "where the clock takes 20";
  }
}

TEST_F(LineSpeedTest, AFewOtherLooksChangeNothing) {
  Look(100, 10);
  Look(7, 300);
  EXPECT_TRUE(speed.fast());
  Look(100, 300);
  Look(8, 10);
  EXPECT_FALSE(speed.fast());
}

TEST_F(LineSpeedTest, AHandOverTakesLongerWhereLinesAreSlowAndTheMachineIs) {
  const int64_t unknown = speed.hand_over();
  Look(100, 300);
  const int64_t slow = speed.hand_over();
  EXPECT_EQ(slow, unknown);
  Look(100, 10);
  EXPECT_LT(speed.hand_over(), slow / 4);
  OtherCpu::clock = 60;
  LineSpeed emulated;
  emulated.Time<OtherCpu>(OtherCpu::word);
  for (int i = 0; i < 10; ++i) {
    OtherCpu::look = 300;
    emulated.Time<OtherCpu>(OtherCpu::word);
  }
  EXPECT_GT(emulated.hand_over(), slow * 5 / 4);
  EXPECT_LT(emulated.hand_over(), slow * 2);
}

TEST_F(LineSpeedTest, ClockReadsThatAreInterruptedDoNotCount) {
  Look(1, 300);
  OtherCpu::clock = 100;
  Look(100, 0);
  EXPECT_FALSE(speed.fast()) << "the clock took 20 ns once";
}

}  // namespace
}  // namespace slicelock
