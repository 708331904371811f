#include "rseq_abi/local_bit.h"

#include <signal.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <utility>

#include "gtest/gtest.h"

namespace slicelock {
namespace {

using rseq_abi::LocalTestAndClearBit;

template <int Bit>
void ExpectToClearOneBit() {
  SCOPED_TRACE(Bit);
  constexpr uint32_t kMask = uint32_t{1} << Bit;
  for (const uint32_t others : {0u, 0xffff'ffffu, 0xa5c3'0f96u}) {
    uint32_t word = others | kMask;
    EXPECT_TRUE(LocalTestAndClearBit<Bit>(word));
    EXPECT_EQ(word, others & ~kMask);
    EXPECT_FALSE(LocalTestAndClearBit<Bit>(word));
    EXPECT_EQ(word, others & ~kMask);
  }
}

template <int... Bits>
void ExpectToClearOneBitEach(std::integer_sequence<int, Bits...>) {
  (ExpectToClearOneBit<Bits>(), ...);
}

TEST(LocalBitTest, ClearsOneBitAndSaysWhetherItWasSet) {
  ExpectToClearOneBitEach(std::make_integer_sequence<int, 32>());
}

// Plays the kernel, in the handler of a signal that comes every so often: takes
// the request, if there is one, and grants.
class Granter {
 public:
  static constexpr uint32_t kRequest = 1;
  static constexpr uint32_t kGranted = 2;

  Granter() {
    word = 0;
    grants = 0;
    struct sigaction action = {};
    action.sa_handler = [](int) {
      if (word != kRequest) return;
      word = kGranted;
      grants = grants + 1;
    };
    sigaction(SIGALRM, &action, nullptr);
    sigevent event = {};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGALRM;
    timer_create(CLOCK_MONOTONIC, &event, &timer_);
    const itimerspec often = {{0, 20'000}, {0, 20'000}};
    timer_settime(timer_, 0, &often, nullptr);
  }
  ~Granter() {
    timer_delete(timer_);
    signal(SIGALRM, SIG_IGN);
  }

  static inline volatile uint32_t word;
  static inline volatile int grants;

 private:
  timer_t timer_;
};

TEST(LocalBitTest, NoInterruptComesBetweenTheTestAndTheClearing) {
  using std::chrono::steady_clock;
  Granter granter;
  int noticed = 0;
  const auto end = steady_clock::now() + std::chrono::seconds(1);
  while (steady_clock::now() < end) {
    for (int i = 0; i < 10'000; ++i) {
      Granter::word = Granter::kRequest;
      for (volatile int work = 0; work < 20; work = work + 1) {
      }
      if (LocalTestAndClearBit<0>(const_cast<uint32_t&>(Granter::word))) {
        ASSERT_EQ(Granter::word, 0u);
      } else {
        ASSERT_EQ(Granter::word, Granter::kGranted);
        ++noticed;
      }
    }
  }
  EXPECT_GT(Granter::grants, 0);
  EXPECT_EQ(noticed, Granter::grants) << "grants were wiped out";
}

}  // namespace
}  // namespace slicelock
