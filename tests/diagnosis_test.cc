// What the doctor advises and prints for machines of all kinds, and that it
// finds out about this one.

#include "rseq_abi/diagnosis.h"

#include <sys/syscall.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "rseq_abi/diagnosis_json.h"
#include "rseq_abi/diagnosis_text.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/remedy.h"
#include "rseq_abi/status.h"
#include "tests/seccomp.h"

namespace slicelock::rseq_abi {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Json = nlohmann::json;

auto Is(RemedyKind kind, const std::string& text) {
  return AllOf(Field("kind", &Remedy::kind, kind),
               Field("change", &Remedy::change, HasSubstr(text)));
}

// Debian 13's next, with a kernel that has all it takes.
Diagnosis ExtensionsOn() {
  Diagnosis diagnosis;
  diagnosis.status = Status(StatusCode::kOnCLibraryArea);
  diagnosis.system = "Linux";
  diagnosis.release = "7.3.4";
  diagnosis.machine = "x86_64";
  diagnosis.kernel_option = "y";
  diagnosis.slice_ext_nsec = 5000;
  diagnosis.area_feature_size = 33;
  diagnosis.area_alignment = 64;
  diagnosis.glibc_version = "2.43";
  diagnosis.c_library_rseq = CLibraryRseq{-192, 33, 0};
  diagnosis.area_owner = AreaOwner::kCLibrary;
  diagnosis.area_flags = 0x30;
  diagnosis.slice_extension_get = 1;
  diagnosis.slice_extension_set = 0;
  diagnosis.seccomp_mode = 0;
  return diagnosis;
}

Diagnosis Off(StatusCode code) {
  Diagnosis diagnosis = ExtensionsOn();
  diagnosis.status = Status(code);
  diagnosis.area_flags = 0x10;
  diagnosis.slice_extension_get = 0;
  return diagnosis;
}

// With the glibc of Debian 12.
Diagnosis OffWithLegacyArea(StatusCode code) {
  Diagnosis diagnosis = Off(code);
  diagnosis.glibc_version = "2.36";
  diagnosis.c_library_rseq = CLibraryRseq{2464, 20, 0};
  diagnosis.area_flags = 0;
  return diagnosis;
}

TEST(RemedyTest, NothingIsToBeChangedWhereItIsOn) {
  EXPECT_THAT(FindRemedies(ExtensionsOn()), IsEmpty());
}

TEST(RemedyTest, TheVariableThatTurnedItOffIsNamed) {
  Diagnosis diagnosis = Off(StatusCode::kOffPolicy);
  diagnosis.slicelock_rseq = "off";
  EXPECT_THAT(FindRemedies(diagnosis),
              ElementsAre(Is(RemedyKind::kEnvironmentVariable,
                             "unset SLICELOCK_RSEQ, now \"off\"")));
  diagnosis.status = Status(StatusCode::kOffMisspeltPolicy);
  diagnosis.slicelock_rseq = "offf";
  EXPECT_THAT(FindRemedies(diagnosis),
              ElementsAre(Is(RemedyKind::kEnvironmentVariable,
                             "unset SLICELOCK_RSEQ, now \"offf\"")));
}

TEST(RemedyTest, TheCallThatTurnedItOffIsNamed) {
  EXPECT_THAT(FindRemedies(Off(StatusCode::kOffPolicy)),
              ElementsAre(Is(RemedyKind::kProgram, "SetPolicy")));
}

TEST(RemedyTest, AnOldKernelIsToBeReplaced) {
  Diagnosis diagnosis = Off(StatusCode::kOffKernelTooOld);
  diagnosis.slice_extension_get = -EINVAL;
  diagnosis.c_library_rseq->size = 32;
  EXPECT_THAT(FindRemedies(diagnosis),
              ElementsAre(Is(RemedyKind::kKernel, "Linux 7.0 or later")));
}

TEST(RemedyTest, TheKernelOptionIsNamed) {
  Diagnosis diagnosis = Off(StatusCode::kOffKernelConfiguration);
  diagnosis.slice_extension_get = -kNotSupported;
  EXPECT_THAT(FindRemedies(diagnosis),
              ElementsAre(Is(RemedyKind::kKernelOption,
                             "CONFIG_RSEQ_SLICE_EXTENSION=y")));
}

TEST(RemedyTest, TheBootParameterIsNamedAsItWasGiven) {
  Diagnosis diagnosis = Off(StatusCode::kOffKernelBoot);
  EXPECT_THAT(FindRemedies(diagnosis),
              ElementsAre(Is(RemedyKind::kBootParameter, "rseq_slice_ext=0")));
  diagnosis.boot_parameter = "off";
  EXPECT_THAT(
      FindRemedies(diagnosis),
      ElementsAre(Is(RemedyKind::kBootParameter, "rseq_slice_ext=off")));
}

TEST(RemedyTest, ALegacyRegistrationIsPreventedByATunable) {
  EXPECT_THAT(
      FindRemedies(OffWithLegacyArea(StatusCode::kOffLegacyRegistration)),
      ElementsAre(Is(RemedyKind::kEnvironmentVariable,
                     "GLIBC_TUNABLES=glibc.pthread.rseq=0")));
}

TEST(RemedyTest, ASecondObstacleIsNamedToo) {
  Diagnosis diagnosis = OffWithLegacyArea(StatusCode::kOffPolicy);
  diagnosis.slicelock_rseq = "off";
  diagnosis.slice_extension_get = -EINVAL;
  EXPECT_THAT(
      FindRemedies(diagnosis),
      ElementsAre(Is(RemedyKind::kEnvironmentVariable, "SLICELOCK_RSEQ"),
                  Is(RemedyKind::kKernel, "Linux"),
                  Is(RemedyKind::kEnvironmentVariable, "GLIBC_TUNABLES")));
}

TEST(RemedyTest, TheBootParameterComesBeforeARegistrationThatAloneIsNoHelp) {
  Diagnosis diagnosis = OffWithLegacyArea(StatusCode::kOffLegacyRegistration);
  diagnosis.boot_parameter = "0";
  EXPECT_THAT(
      FindRemedies(diagnosis),
      ElementsAre(Is(RemedyKind::kBootParameter, "rseq_slice_ext=0"),
                  Is(RemedyKind::kEnvironmentVariable, "GLIBC_TUNABLES")));
}

TEST(RemedyTest, AForeignAreaIsPreventedByAGlibcThatComesFirst) {
  Diagnosis diagnosis = Off(StatusCode::kOffForeignRegistration);
  diagnosis.glibc_tunables = "glibc.pthread.rseq=0";
  EXPECT_THAT(FindRemedies(diagnosis),
              ElementsAre(Is(RemedyKind::kEnvironmentVariable,
                             "remove glibc.pthread.rseq=0")));
  diagnosis.glibc_version = "2.36";
  EXPECT_THAT(FindRemedies(diagnosis),
              ElementsAre(Is(RemedyKind::kProgram, "library")));
}

TEST(RemedyTest, EveryReasonToBeOffThatLastsHasOne) {
  for (const StatusCode code :
       {StatusCode::kOffPolicy, StatusCode::kOffMisspeltPolicy,
        StatusCode::kOffKernelBoot, StatusCode::kOffLegacyRegistration,
        StatusCode::kOffForeignRegistration, StatusCode::kOffBlocked,
        StatusCode::kOffKernelWantsMore, StatusCode::kOffNoExitHook}) {
    const Diagnosis diagnosis = Off(code);
    EXPECT_THAT(FindRemedies(diagnosis), SizeIs(1))
        << diagnosis.status.sentence();
  }
}

TEST(DiagnosisTextTest, TellsEverything) {
  const std::string text = DiagnosisAsText(ExtensionsOn());
  EXPECT_THAT(text,
              StartsWith("Status           Time slice extensions are on"));
  for (const char* const line :
       {"Kernel           Linux 7.3.4 x86_64\n",
        "Built with       CONFIG_RSEQ_SLICE_EXTENSION=y\n",
        "Booted with      no rseq_slice_ext=\n", "Extension        5000 ns\n",
        "Auxiliary vector AT_RSEQ_FEATURE_SIZE 33, AT_RSEQ_ALIGN 64\n",
        "C library        glibc 2.43\n",
        "Its rseq area    __rseq_size 33, __rseq_offset -192, __rseq_flags 0\n",
        "Area in use      the C library's, flags 0x30, extension available, "
        "enabled\n",
        "prctl GET        1, enabled\n", "prctl SET        0, done\n",
        "Seccomp mode     0, none\n", "SLICELOCK_RSEQ   not set, as \"auto\"\n",
        "GLIBC_TUNABLES   not set\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("To turn them on")));
}

TEST(DiagnosisTextTest, AdvisesWhereItIsOff) {
  Diagnosis diagnosis = OffWithLegacyArea(StatusCode::kOffPolicy);
  diagnosis.slicelock_rseq = "off";
  const std::string text = DiagnosisAsText(diagnosis);
  EXPECT_THAT(text, HasSubstr("To turn them on  environment variable: unset "
                              "SLICELOCK_RSEQ"));
  EXPECT_THAT(text,
              HasSubstr("and              environment variable: start the "
                        "program with GLIBC_TUNABLES"));
}

TEST(DiagnosisTextTest, NothingKnownIsNothingInvented) {
  Diagnosis diagnosis;
  diagnosis.release = "1.0";
  diagnosis.slice_extension_get = -kNotSupported;
  const std::string text = DiagnosisAsText(diagnosis);
  for (const char* const line :
       {"unknown: no /boot/config-1.0\n", "no AT_RSEQ_FEATURE_SIZE\n",
        "C library        not glibc\n", "Its rseq area    it tells of none\n",
        "Area in use      none that is known\n",
        "-524 ENOTSUPP, Not supported\n", "prctl SET        not asked\n",
        "Seccomp mode     unknown\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(DiagnosisTextTest, AValueCanNeitherPassForALineNorCommandTheTerminal) {
  Diagnosis diagnosis = Off(StatusCode::kOffMisspeltPolicy);
  diagnosis.slicelock_rseq = "off\nStatus\x1b[2J";
  const std::string text = DiagnosisAsText(diagnosis);
  EXPECT_THAT(text, HasSubstr("SLICELOCK_RSEQ   \"off?Status?[2J\"\n"));
  EXPECT_THAT(text, HasSubstr("now \"off?Status?[2J\""));
}

TEST(DiagnosisJsonTest, TellsEverything) {
  const Json json = Json::parse(DiagnosisAsJson(ExtensionsOn()));
  EXPECT_EQ(json, Json::parse(R"({
    "on": true,
    "status": {
      "code": "on_c_library_area",
      "sentence":
        "Time slice extensions are on, through the rseq area of the C library."
    },
    "changes": [],
    "kernel": {
      "system": "Linux", "release": "7.3.4", "machine": "x86_64",
      "option": "y", "boot_parameter": null, "slice_ext_nsec": 5000
    },
    "auxiliary_vector": {"rseq_feature_size": 33, "rseq_align": 64},
    "c_library": {
      "glibc_version": "2.43",
      "rseq": {"size": 33, "offset": -192, "flags": 0}
    },
    "area": {"owner": "c_library", "flags": 48},
    "prctl": {
      "get": {"answer": 1, "error": null},
      "set": {"answer": 0, "error": null}
    },
    "seccomp_mode": 0,
    "environment": {"SLICELOCK_RSEQ": null, "GLIBC_TUNABLES": null}
  })"));
}

TEST(DiagnosisJsonTest, AdvisesWhereItIsOff) {
  Diagnosis diagnosis = Off(StatusCode::kOffKernelBoot);
  const Json json = Json::parse(DiagnosisAsJson(diagnosis));
  EXPECT_EQ(json["on"], false);
  EXPECT_EQ(json["status"]["code"], "off_kernel_boot");
  EXPECT_EQ(json["changes"], Json::parse(R"([{
    "kind": "boot parameter", "change": "boot without rseq_slice_ext=0"
  }])"));
}

TEST(DiagnosisJsonTest, NamesTheErrorsOfBothCalls) {
  Diagnosis diagnosis = Off(StatusCode::kOffKernelBoot);
  diagnosis.slice_extension_set = -kNotSupported;
  EXPECT_EQ(Json::parse(DiagnosisAsJson(diagnosis))["prctl"], Json::parse(R"({
    "get": {"answer": 0, "error": null},
    "set": {"answer": -524, "error": "ENOTSUPP"}
  })"));
  diagnosis = Off(StatusCode::kOffKernelTooOld);
  diagnosis.slice_extension_get = -EINVAL;
  diagnosis.slice_extension_set.reset();
  EXPECT_EQ(Json::parse(DiagnosisAsJson(diagnosis))["prctl"], Json::parse(R"({
    "get": {"answer": -22, "error": "EINVAL"},
    "set": null
  })"));
}

TEST(DiagnosisJsonTest, IsJsonWhateverTheEnvironmentHolds) {
  Diagnosis diagnosis = ExtensionsOn();
  diagnosis.slicelock_rseq = "\"\xff\n";
  EXPECT_TRUE(Json::accept(DiagnosisAsJson(diagnosis)));
}

TEST(DiagnosisTest, IsOfThisThread) {
  const Diagnosis diagnosis = Diagnose();
  EXPECT_EQ(diagnosis.status.code(), GetStatus().code());
  EXPECT_EQ(diagnosis.slice_extension_get, SliceExtensionEnabled());
  EXPECT_EQ(diagnosis.status.on(), diagnosis.slice_extension_get == 1);
  EXPECT_EQ(diagnosis.status.on(), diagnosis.slice_extension_set == 0);
  if (diagnosis.status.on()) {
    EXPECT_EQ(diagnosis.area_flags, 0x30u);
  }
  utsname name;
  ASSERT_EQ(uname(&name), 0);
  EXPECT_EQ(diagnosis.release, name.release);
  EXPECT_EQ(diagnosis.area_feature_size, AreaFeatureSize());
  EXPECT_TRUE(diagnosis.seccomp_mode.has_value());
#if defined(__GLIBC__)
  EXPECT_EQ(diagnosis.glibc_version, gnu_get_libc_version());
#endif
}

TEST(DiagnosisDeathTest, ASeccompFilterIsSeenAndNamed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto child = [] {
    setenv("SLICELOCK_RSEQ", "takeover", 1);
    if (!slicelock::testing::RefuseSystemCalls({SYS_prctl}, EPERM)) abort();
    const Diagnosis diagnosis = Diagnose();
    fprintf(stderr, "%s", DiagnosisAsText(diagnosis).c_str());
    exit(FindRemedies(diagnosis).size());
  };
  EXPECT_EXIT(
      child(), ::testing::ExitedWithCode(1),
      AllOf(HasSubstr("To turn them on  seccomp filter: allow rseq(2)"),
            HasSubstr("prctl GET        -1 EPERM, Operation not permitted"),
            HasSubstr("Seccomp mode     2, a filter")));
}

}  // namespace
}  // namespace slicelock::rseq_abi
