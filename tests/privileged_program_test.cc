// What a program with more rights than its user takes from the environment:
// nothing. Copies of this one are run by a user who is nobody.

#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "rseq_abi/status.h"
#include "tests/kernel/temp_folder.h"
#include "tests/run_program.h"

namespace slicelock {
namespace {

constexpr char kTellStatus[] = "--tell_status";

// As a copy: prints the status, and returns whether it is privileged.
int TellStatus() {
  printf("%s\n", GetStatus().sentence());
  return static_cast<int>(getauxval(AT_SECURE));
}

// A file with more rights than whoever runs it, or not.
struct Mode {
  const char* name;
  mode_t mode;
};
constexpr mode_t kOrdinary = 0755;

class PrivilegedProgramTest : public ::testing::TestWithParam<Mode> {
 protected:
  void SetUp() override {
    ASSERT_EQ(geteuid(), 0u) << "only root has rights to give";
    chmod(folder_.path().c_str(), 0755);
    std::filesystem::copy_file("/proc/self/exe", copy_);
  }

  // Of the copy with that mode, in an environment with `variable`.
  testing::Outcome Run(mode_t mode, const std::string& variable) const {
    EXPECT_EQ(chmod(copy_.c_str(), mode), 0) << strerror(errno);
    return testing::RunInShell(
        "setpriv --reuid=65534 --regid=65534 --clear-groups env " + variable +
        " " + copy_ + " " + kTellStatus);
  }

 private:
  const kernel::TempFolder folder_;
  const std::string copy_ = folder_.path() + "/copy";
};

INSTANTIATE_TEST_SUITE_P(All, PrivilegedProgramTest,
                         ::testing::Values(Mode{"setuid", 04755},
                                           Mode{"setgid", 02755}),
                         [](const auto& mode) { return mode.param.name; });

TEST_P(PrivilegedProgramTest, IgnoresThePolicyInTheEnvironment) {
  const std::string by_itself = Run(kOrdinary, "").output;
  ASSERT_NE(by_itself, "");
  const testing::Outcome ordinary = Run(kOrdinary, "SLICELOCK_RSEQ=off");
  EXPECT_EQ(ordinary.status, 0) << "it is privileged";
  EXPECT_NE(ordinary.output, by_itself);
  for (const char* policy : {"off", "takeover", "unknown"}) {
    SCOPED_TRACE(policy);
    const testing::Outcome privileged =
        Run(GetParam().mode, std::string("SLICELOCK_RSEQ=") + policy);
    EXPECT_EQ(privileged.status, 1) << "it is not privileged";
    EXPECT_EQ(privileged.output, by_itself);
  }
}

}  // namespace
}  // namespace slicelock

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], slicelock::kTellStatus) == 0) {
    return slicelock::TellStatus();
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
