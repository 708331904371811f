// Runs the whole program.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "rseq_abi/status.h"
#include "tests/run_program.h"
#include "tests/running_kernel.h"

namespace slicelock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr int kOn = 0;
constexpr int kOff = 1;
constexpr int kBadArguments = 2;

Outcome RunDoctor(const std::string& flags = "",
                  const std::string& environment = "") {
  return testing::RunInShell(environment + " rseq_abi/doctor " + flags);
}

TEST(DoctorTest, AgreesWithTheStatusOfAnotherProgramThatStartsHere) {
  const Outcome outcome = RunDoctor();
  EXPECT_EQ(outcome.status, GetStatus().on() ? kOn : kOff);
  EXPECT_THAT(outcome.output, HasSubstr(GetStatus().sentence()));
}

TEST(DoctorTest, PrintsText) {
  EXPECT_THAT(RunDoctor().output, StartsWith("Status "));
}

TEST(DoctorTest, PrintsJson) {
  const Outcome outcome = RunDoctor("--json");
  ASSERT_TRUE(Json::accept(outcome.output)) << outcome.output;
  const Json json = Json::parse(outcome.output);
  EXPECT_EQ(json["on"], outcome.status == kOn);
  EXPECT_EQ(json["status"]["sentence"], GetStatus().sentence());
  EXPECT_EQ(json["changes"].empty(), GetStatus().on());
}

TEST(DoctorTest, NamesTheVariableThatTurnsItOff) {
  for (const std::string value : {"off", "nonsense"}) {
    const std::string environment = "SLICELOCK_RSEQ=" + value;
    const Outcome text = RunDoctor("", environment);
    EXPECT_EQ(text.status, kOff);
    EXPECT_THAT(text.output, HasSubstr("To turn them on  environment variable: "
                                       "unset SLICELOCK_RSEQ, now \"" +
                                       value + "\""));
    const Outcome outcome = RunDoctor("--json", environment);
    EXPECT_EQ(outcome.status, kOff);
    const Json json = Json::parse(outcome.output);
    EXPECT_EQ(json["on"], false);
    EXPECT_EQ(json["environment"]["SLICELOCK_RSEQ"], value);
    EXPECT_EQ(json["changes"][0]["kind"], "environment variable");
  }
}

TEST(DoctorTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* const flags : {"--yaml", "--json=perhaps", "locks"}) {
    const Outcome outcome = RunDoctor(flags, "2>&1");
    EXPECT_EQ(outcome.status, kBadArguments) << flags;
    EXPECT_NE(outcome.output, "") << flags;
    EXPECT_THAT(RunDoctor(flags, "2>/dev/null").output, IsEmpty()) << flags;
  }
}

TEST(DoctorTest, HelpIsNoDiagnosis) {
  const Outcome outcome = RunDoctor("--help");
  EXPECT_EQ(outcome.status, kBadArguments);
  EXPECT_THAT(outcome.output, HasSubstr("Exit status: 0 on, 1 off"));
}

class DoctorOffAtBootTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::KernelHasExtension() ||
        !testing::KernelIsBootedWithoutExtension()) {
      GTEST_SKIP() << "needs a kernel that has the extension and was booted "
                      "with rseq_slice_ext=0";
    }
  }
};

TEST_F(DoctorOffAtBootTest, NamesTheBootParameter) {
  const std::string environment = "GLIBC_TUNABLES=glibc.pthread.rseq=0";
  const Outcome text = RunDoctor("", environment);
  EXPECT_EQ(text.status, kOff);
  EXPECT_THAT(text.output, HasSubstr("To turn them on  boot parameter: boot "
                                     "without rseq_slice_ext=0"));
  const Json json = Json::parse(RunDoctor("--json", environment).output);
  EXPECT_EQ(json["status"]["code"], "off_kernel_boot");
  EXPECT_EQ(json["kernel"]["boot_parameter"], "0");
  EXPECT_EQ(json["changes"].size(), 1u);
}

TEST_F(DoctorOffAtBootTest, NamesTheBootParameterBeforeALegacyRegistration) {
  const Json json = Json::parse(RunDoctor("--json").output);
  if (json["status"]["code"] != "off_legacy_registration") {
    GTEST_SKIP() << "needs a C library with a legacy registration";
  }
  ASSERT_EQ(json["changes"].size(), 2u);
  EXPECT_EQ(json["changes"][0]["kind"], "boot parameter");
  EXPECT_EQ(json["changes"][1]["kind"], "environment variable");
}

}  // namespace
}  // namespace slicelock
