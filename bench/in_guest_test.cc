#include "bench/in_guest.h"

#include "gtest/gtest.h"
#include "rseq_abi/status.h"

namespace slicelock::bench {
namespace {

struct Case {
  StatusCode code;
  bool needs_guest;
};

constexpr Case kCases[] = {
    {StatusCode::kOnCLibraryArea, false},
    {StatusCode::kOnOwnArea, false},
    {StatusCode::kOnTakenOver, false},
    {StatusCode::kOffPolicy, false},
    {StatusCode::kOffMisspeltPolicy, false},
    {StatusCode::kOffKernelTooOld, true},
    {StatusCode::kOffKernelConfiguration, true},
    {StatusCode::kOffKernelBoot, true},
    // The benchmark has replaced it, unless the user chose a policy.
    {StatusCode::kOffLegacyRegistration, false},
    {StatusCode::kOffForeignRegistration, true},
    {StatusCode::kOffBlocked, true},
    {StatusCode::kOffKernelWantsMore, true},
    {StatusCode::kOffNoExitHook, true},
    {StatusCode::kOffUnprepared, false},
    {StatusCode::kOffThreadExiting, false},
};

TEST(NeedsGuestTest, IsSoIfAGuestDoesAwayWithTheReason) {
  int code = 0;
  for (const Case& c : kCases) {
    EXPECT_EQ(static_cast<int>(c.code), code++) << "a code is left out";
    const Status status(c.code);
    EXPECT_EQ(NeedsGuest(status), c.needs_guest) << status.sentence();
  }
  EXPECT_EQ(code, static_cast<int>(StatusCode::kOffThreadExiting) + 1)
      << "a code is left out";
}

}  // namespace
}  // namespace slicelock::bench
