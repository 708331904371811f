// The locks do what they promise, whatever goes wrong around them.

#include "tests/faults/faults.h"

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rseq_abi/counters.h"
#include "tests/child_process.h"
#include "tests/faults/injection.h"
#include "tests/faults/setting.h"
#include "tests/kernel/text_file.h"
#include "tests/mixed_load.h"

namespace slicelock::testing {
namespace {

using ::testing::UnorderedElementsAre;

constexpr absl::Duration kFaultLasts = absl::Seconds(5);
constexpr absl::Duration kAfterwards = absl::Seconds(1);

// Returns what is wrong with how the locks fared, or the fault.
std::string LoadUnder(const Fault& fault) {
  MixedLoad load(kLoadThreads);
  Injection injection(load, kFaultLasts);
  const int64_t times = fault.inject(injection);
  const int64_t operations = load.operations();
  absl::SleepFor(kAfterwards);
  load.Stop();
  const SliceCounters counters = GetProcessSliceCounters();
  absl::PrintF("%d %s; %s; %d grants, %d requests gone\n", times, fault.counted,
               load.Summary(), counters.grants, counters.revocations);
  fflush(stdout);
  if (times < fault.least) {
    return absl::StrCat("the fault was not there: ", times, " ", fault.counted,
                        ", not ", fault.least);
  }
  return load.operations() > operations ? "" : "nothing was done any more";
}

class FaultTest : public ::testing::TestWithParam<Fault> {
 protected:
  FaultTest() : setting_(GetParam().setting) {
    if (setting_ != nullptr) value_ = GetSetting(setting_);
  }
  ~FaultTest() override {
    if (setting_ == nullptr) return;
    EXPECT_TRUE(SetSetting(setting_, value_)) << setting_ << " " << value_;
  }

 private:
  const char* const setting_;
  std::string value_;
};

TEST_P(FaultTest, NothingIsLostAndNobodyIsStuck) {
  const pid_t child = Fork([] { return LoadUnder(GetParam()); });
  EXPECT_EQ(ComplaintOf(child), "");
}

std::string Name(const ::testing::TestParamInfo<Fault>& fault) {
  return fault.param.name;
}

INSTANTIATE_TEST_SUITE_P(Process, FaultTest,
                         ::testing::ValuesIn(FaultsOfProcess()), Name);
INSTANTIATE_TEST_SUITE_P(Machine, FaultTest,
                         ::testing::ValuesIn(FaultsOfMachine()), Name);

// The faults above have met it.
TEST(MachinePreemptionModelTest, IsTheOneThatItWasBootedWithIfThereIsElseLazy) {
  const std::vector<std::string> choices = SettingChoices(kPreemptionModel);
  EXPECT_THAT(choices, UnorderedElementsAre("full", "lazy"));
  std::string expected = "lazy";
  const std::vector<std::string> words = absl::StrSplit(
      kernel::ReadTextFile("/proc/cmdline"), absl::ByAnyChar(" \n"));
  for (absl::string_view word : words) {
    if (absl::ConsumePrefix(&word, "preempt=") &&
        absl::c_linear_search(choices, word)) {
      expected = std::string(word);
    }
  }
  EXPECT_EQ(GetSetting(kPreemptionModel), expected);
}

}  // namespace
}  // namespace slicelock::testing
