// Runs ./bazelw on machines that are made of a PATH with nothing on it but
// fakes of what bazelw asks.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slicelock {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kDebian12[] = "4.2.3+ds-9";

// A Bazel that tells what it was run with, and reads its standard input.
constexpr char kBazel[] = R"sh(
[[ $1 != --version ]] || { echo "bazel $VERSION"; exit 0; }
echo "$NAME${USE_BAZEL_VERSION:+ $USE_BAZEL_VERSION}:" "$@"; cat; exit 7)sh";

// Debian's tools. The files in $MACHINE are what the machine is like: `uid`,
// `candidate` (the version of Bazel that apt-get knows of, once it is updated),
// `mirror` (the version it would know after an update), `broken` (apt-get
// cannot install), `packages` (what is installed, as dpkg-query tells it).
// `log` is what apt-get was asked to do.
constexpr char kId[] = "cat $MACHINE/uid";
constexpr char kAptCache[] = R"sh(
[[ ! -e $MACHINE/candidate ]] || printf 'bazel-bootstrap:\n  Candidate: %s\n' "$(<$MACHINE/candidate)")sh";
constexpr char kAptGet[] = R"sh(
while [[ $1 == -* ]]; do [[ $1 != -o ]] || shift; shift; done
echo "$1" >>$MACHINE/log
[[ $1 != update ]] || { cp $MACHINE/mirror $MACHINE/candidate; exit; }
[[ ! -e $MACHINE/broken ]] || exit 100
for package in "${@:3}"; do
  printf ' installed=%s=%s ' "$package" "$(<$MACHINE/candidate)" >>$MACHINE/packages
done)sh";
constexpr char kDpkgQuery[] = R"sh(
[[ -e $MACHINE/packages ]] || exit 1
if [[ $1 == -L ]]; then echo $MACHINE/bin/bazel; else cat $MACHINE/packages; fi)sh";

class BazelwTest : public ::testing::Test {
 protected:
  BazelwTest() {
    std::string name = ::testing::TempDir() + "/bazelw.XXXXXX";
    machine_ = mkdtemp(name.data());
    fs::create_directories(path_ = machine_ / "path");
    for (const char* tool :
         {"bash", "cat", "cp", "dirname", "grep", "head", "sed", "sort"}) {
      fs::path real =
          fs::exists("/usr/bin" / fs::path(tool)) ? "/usr/bin" : "/bin";
      fs::create_symlink(real / tool, path_ / tool);
    }
  }
  ~BazelwTest() override { fs::remove_all(machine_); }

  void Write(const fs::path& file, const std::string& text) {
    std::ofstream(machine_ / file) << text;
  }

  void Fake(const fs::path& tool, const std::string& script) {
    fs::create_directories((machine_ / tool).parent_path());
    Write(tool, "#!/usr/bin/env bash\n" + script + "\n");
    fs::permissions(machine_ / tool, fs::perms::owner_all);
  }

  void FakeBazel(const fs::path& tool, const std::string& version) {
    Fake(tool, "NAME=" + tool.string() + " VERSION=" + version + kBazel);
  }

  // A Debian where apt-get finds `mirror` as its Bazel, and has not looked for
  // it yet.
  void FakeDebian(const std::string& mirror, const std::string& uid = "0") {
    Fake("path/apt-cache", kAptCache);
    Fake("path/apt-get", kAptGet);
    Fake("path/dpkg-query", kDpkgQuery);
    Fake("path/id", kId);
    FakeBazel("bin/bazel", "no_version");
    Write("mirror", mirror);
    Write("uid", uid);
  }

  // Runs `./bazelw test //... 'a b'` with "input" as its standard input. Sets
  // status_, out_ and err_.
  void Run() {
    Write("in", "input");
    std::string machine = machine_.string();
    int status =
        std::system(("env -i MACHINE=" + machine + " PATH=" + path_.string() +
                     " ./bazelw test //... 'a b' <" + machine + "/in >" +
                     machine + "/out 2>" + machine + "/err")
                        .c_str());
    status_ = WEXITSTATUS(status);
    out_ = Read("out");
    err_ = Read("err");
  }

  std::string Read(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(machine_ / file).rdbuf();
    return text.str();
  }

  fs::path machine_;
  fs::path path_;
  int status_ = -1;
  std::string out_;
  std::string err_;
};

TEST_F(BazelwTest, BecomesARecentBazel) {
  FakeDebian(kDebian12);
  FakeBazel("path/bazel", "7.0.0");
  Run();
  EXPECT_EQ(status_, 7);
  EXPECT_EQ(out_, "path/bazel: test //... a b\ninput");
  EXPECT_THAT(err_, IsEmpty());
  EXPECT_THAT(Read("log"), IsEmpty());
}

TEST_F(BazelwTest, BecomesBazelisk) {
  FakeBazel("path/bazel", "6.5.0");
  FakeBazel("path/bazelisk", "unknown");
  Run();
  EXPECT_EQ(status_, 7);
  EXPECT_EQ(out_, "path/bazelisk 8.x: test //... a b\ninput");
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(BazelwTest, PrefersBazeliskToEveryBazel) {
  FakeDebian(kDebian12);
  Write("packages", std::string(" installed=bazel-bootstrap=") + kDebian12);
  FakeBazel("path/bazel", "7.0.0");
  FakeBazel("path/bazelisk", "unknown");
  Run();
  EXPECT_EQ(out_, "path/bazelisk 8.x: test //... a b\ninput");
  EXPECT_THAT(Read("log"), IsEmpty());
}

TEST_F(BazelwTest, SaysWhatItNeedsWhereItCannotInstall) {
  Run();
  EXPECT_EQ(status_, 1);
  EXPECT_THAT(err_, StartsWith("bazelw: needs Bazel: put bazelisk, or a bazel "
                               "of version 7 or later, on the PATH;"));
}

TEST_F(BazelwTest, NamesTheBazelThatIsTooOld) {
  FakeBazel("path/bazel", "6.5.0");
  Run();
  EXPECT_EQ(status_, 1);
  EXPECT_THAT(err_,
              HasSubstr("(" + (path_ / "bazel").string() + " is too old)"));
}

TEST_F(BazelwTest, InstallsWhatIsMissingOnceAndGoesOn) {
  FakeDebian(kDebian12);
  Run();
  EXPECT_EQ(status_, 7);
  EXPECT_EQ(out_, "bin/bazel: test //... a b\ninput");
  EXPECT_THAT(err_, StartsWith("bazelw: installing with apt-get (once, a few "
                               "minutes): bazel-bootstrap"));
  EXPECT_EQ(Read("log"), "update\ninstall\n");

  Run();
  EXPECT_EQ(status_, 7);
  EXPECT_EQ(out_, "bin/bazel: test //... a b\ninput");
  EXPECT_THAT(err_, IsEmpty());
  EXPECT_EQ(Read("log"), "update\ninstall\n");
}

TEST_F(BazelwTest, UpdatesListsOnlyWhenNeeded) {
  FakeDebian(kDebian12);
  FakeBazel("path/bazel", "6.5.0");  // Too old is as good as none.
  Write("candidate", kDebian12);
  Run();
  EXPECT_EQ(out_, "bin/bazel: test //... a b\ninput");
  EXPECT_EQ(Read("log"), "install\n");
}

TEST_F(BazelwTest, TellsOthersThanRootWhatToRun) {
  FakeDebian(kDebian12, "1000");
  Run();
  EXPECT_EQ(status_, 1);
  EXPECT_THAT(err_, HasSubstr("\n  sudo apt-get update && sudo apt-get install "
                              "--no-install-recommends bazel-"));

  Write("candidate", kDebian12);
  Write("packages", std::string(" installed=bazel-bootstrap=") + kDebian12 +
                        "  config-files=g++=1 ");
  Run();
  EXPECT_EQ(status_, 1);
  EXPECT_THAT(err_,
              AllOf(HasSubstr("\n  sudo apt-get install "
                              "--no-install-recommends bazel-rules-java g++ "),
                    Not(HasSubstr("bazel-bootstrap"))));
  EXPECT_THAT(Read("log"), IsEmpty());
}

TEST_F(BazelwTest, SaysThatAptGetFailed) {
  FakeDebian(kDebian12);
  Write("broken", "");
  Run();
  EXPECT_EQ(status_, 1);
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_THAT(err_, EndsWith("bazelw: apt-get could not install the packages; "
                             "see its message above.\n"));
}

TEST_F(BazelwTest, InstallsNothingWhereTheReleaseIsTooOld) {
  for (const char* version : {"3.5.1+ds-3", "(none)"}) {
    FakeDebian(version);
    fs::remove(machine_ / "candidate");
    Run();
    EXPECT_EQ(status_, 1);
    EXPECT_THAT(err_, AllOf(HasSubstr("no Bazel of version 4.2 or later"),
                            HasSubstr(version)));
    EXPECT_THAT(Read("log"), Not(HasSubstr("install")));
  }
}

TEST_F(BazelwTest, KeepsANewDistributedBazelToTheWorkspace) {
  FakeDebian("7.7.1+ds-8");
  Run();
  EXPECT_THAT(out_, StartsWith("bin/bazel: --bazelrc=/"));
  EXPECT_THAT(out_,
              HasSubstr("/tests/system/workspace.bazelrc test //... a b\n"));
}

}  // namespace
}  // namespace slicelock
