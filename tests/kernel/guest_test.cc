// What //tests/kernel:guest promises to the commands it runs.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/argv.h"
#include "tests/kernel/runfiles.h"
#include "tests/kernel/text_file.h"

namespace slicelock::kernel {
namespace {

using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using Arguments = std::vector<std::string>;

struct Result {
  int status;  // As of waitpid.
  std::string out;
  std::string err;
};

std::string NewFolder() {
  std::string path = ::testing::TempDir() + "/guest_test_XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr) << path;
  return path;
}

// The launcher, running.
class Launch {
 public:
  explicit Launch(Arguments arguments, Arguments environment = {})
      : folder_(NewFolder()) {
    arguments.insert(arguments.begin(), FindRunfile("tests/kernel/guest"));
    pid_ = fork();
    if (pid_ == 0) Exec(arguments, environment);
  }

  Result Wait() {
    Result result;
    waitpid(pid_, &result.status, 0);
    result.out = ReadTextFile(folder_ + "/out");
    result.err = ReadTextFile(folder_ + "/err");
    return result;
  }

  void WaitForOutput() {
    const auto deadline = steady_clock::now() + std::chrono::minutes(1);
    while (ReadTextFile(folder_ + "/out").empty()) {
      ASSERT_LT(steady_clock::now(), deadline)
          << ReadTextFile(folder_ + "/err");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  void Kill(int signal) { kill(pid_, signal); }

  // The folder in which it has its temporary ones.
  std::string temp() const { return folder_ + "/temp"; }

 private:
  [[noreturn]] void Exec(Arguments& arguments, Arguments& environment) {
    std::filesystem::create_directory(temp());
    setenv("TMPDIR", temp().c_str(), 1);
    for (std::string& variable : environment) putenv(variable.data());
    dup2(open((folder_ + "/out").c_str(), O_WRONLY | O_CREAT, 0600), 1);
    dup2(open((folder_ + "/err").c_str(), O_WRONLY | O_CREAT, 0600), 2);
    execv(arguments[0].c_str(), Argv(arguments).data());
    _exit(99);
  }

  std::string folder_;
  pid_t pid_;
};

Result RunGuest(Arguments arguments, Arguments environment = {}) {
  return Launch(std::move(arguments), std::move(environment)).Wait();
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

MATCHER_P(Exited, status, "") {
  *result_listener << "stdout: " << arg.out << "\nstderr: " << arg.err;
  return WIFEXITED(arg.status) && WEXITSTATUS(arg.status) == status;
}

// One boot, many questions: a script answers each with a line `name=answer`.
class CommandInGuest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    host_file_ = new std::string("/tmp/guest_test_" + std::to_string(getpid()));
    std::ofstream(*host_file_) << "of the host";
    result_ =
        new Result(RunGuest({"--cpus=3", "--memory", "512", "--slice_ns=30000",
                             "--append=slicelock_test=1", "sh", "-c", kScript,
                             "--cpus=5", "--", *host_file_},
                            {"GUEST_TEST=several words"}));
    std::filesystem::remove(*host_file_);
  }

  static void TearDownTestSuite() {
    delete result_;
    delete host_file_;
  }

  static std::string Answer(const std::string& name) {
    const std::string text = "\n" + result_->out;
    const size_t found = text.find("\n" + name + "=");
    if (found == text.npos) return "no answer; stderr: " + result_->err;
    const size_t start = found + name.size() + 2;
    return text.substr(start, text.find('\n', start) - start);
  }

  static constexpr char kScript[] = R"script(
    first=$0 second=$1 host_file=$2
    say() { echo "$1=$(eval "$2" 2>&1)"; }
    say arguments 'echo "$first $second"'
    say environment 'echo "$GUEST_TEST"'
    say directory pwd
    say input 'wc -c'
    say cpus nproc
    say memory "sed -n 's/MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo"
    say slice 'cat /sys/kernel/debug/rseq/slice_ext_nsec'
    say append 'cat /proc/cmdline'
    say root 'touch /etc/guest_test'
    say host_file 'cat "$host_file"'
    say write_tmp 'mkdir "$host_file.x" && cd "$host_file.x" && echo written >y && cat y'
    say change_tmp 'echo changed >"$host_file" && cat "$host_file"'
    say write_shm 'echo written >/dev/shm/x && cat /dev/shm/x'
    say dev_stdout 'echo written >/dev/stdout'
    echo on stderr >&2
    exit 7
  )script";

  static Result* result_;
  static std::string* host_file_;
};

Result* CommandInGuest::result_;
std::string* CommandInGuest::host_file_;

TEST_F(CommandInGuest, ExitStatusIsTheLaunchers) {
  EXPECT_THAT(*result_, Exited(7));
}

TEST_F(CommandInGuest, StdoutAndStderrStayApart) {
  EXPECT_THAT(result_->err, HasSubstr("\non stderr\n"));
  EXPECT_THAT(result_->out, Not(HasSubstr("on stderr")));
  EXPECT_THAT(result_->out, Not(HasSubstr("guest:")));
}

TEST_F(CommandInGuest, LauncherSaysWhatItRunsOn) {
  EXPECT_THAT(result_->err, StartsWith("guest: Linux "));
  EXPECT_THAT(result_->err, HasSubstr(", 3 cpus, slice 30000 ns\n"));
}

TEST_F(CommandInGuest, ItsOwnFlagsReachIt) {
  EXPECT_EQ(Answer("arguments"), "--cpus=5 --");
}

TEST_F(CommandInGuest, KeepsEnvironmentAndDirectory) {
  EXPECT_EQ(Answer("environment"), "several words");
  EXPECT_EQ(Answer("directory"), std::filesystem::current_path());
}

TEST_F(CommandInGuest, HasNothingToReadOnStdin) {
  EXPECT_EQ(Answer("input"), "0");
}

TEST_F(CommandInGuest, CpusAndMemoryAreAsAsked) {
  EXPECT_EQ(Answer("cpus"), "3");
  const int memory_mib = std::atoi(Answer("memory").c_str()) / 1024;
  EXPECT_GT(memory_mib, 400);
  EXPECT_LE(memory_mib, 512);
}

TEST_F(CommandInGuest, SliceIsAsAsked) { EXPECT_EQ(Answer("slice"), "30000"); }

TEST_F(CommandInGuest, AppendReachesTheKernel) {
  EXPECT_THAT(Answer("append"), HasSubstr("slicelock_test=1"));
}

TEST_F(CommandInGuest, CannotWriteToTheHostsFiles) {
  EXPECT_THAT(Answer("root"), HasSubstr("Read-only file system"));
}

TEST_F(CommandInGuest, SeesTheHostsTmpAndWritesToItsOwn) {
  EXPECT_EQ(Answer("host_file"), "of the host");
  EXPECT_EQ(Answer("write_tmp"), "written");
  EXPECT_EQ(Answer("change_tmp"), "changed");
}

TEST_F(CommandInGuest, HasTheDevicesProgramsExpect) {
  EXPECT_EQ(Answer("write_shm"), "written");
  EXPECT_EQ(Answer("dev_stdout"), "written");
}

TEST(Guest, DeathByASignalIs128PlusItsNumber) {
  const Result result = RunGuest({"sh", "-c", "kill -SEGV $$"});
  EXPECT_THAT(result, Exited(128 + SIGSEGV));
  EXPECT_THAT(result.err, HasSubstr("killed by signal 11"));
}

TEST(Guest, UnknownCommandIs127) {
  const Result result = RunGuest({"no_such_command"});
  EXPECT_THAT(result, Exited(127));
  EXPECT_THAT(result.err, HasSubstr("no_such_command: command not found\n"));
}

TEST(Guest, RootIsLaidOverTheHosts) {
  const std::string root = NewFolder();
  std::filesystem::create_directory(root + "/etc");
  std::ofstream(root + "/etc/guest_test") << "laid over\n";
  const Result result = RunGuest(
      {"--root=" + root, "sh", "-c", "cat /etc/guest_test; ls -d /etc/passwd"});
  EXPECT_THAT(result, Exited(0));
  EXPECT_EQ(result.out, "laid over\n/etc/passwd\n");
}

TEST(Guest, CommandThatRunsTooLongIsEndedWith124) {
  const Result result = RunGuest({"--timeout=100ms", "sleep", "1000"});
  EXPECT_THAT(result, Exited(124));
  EXPECT_THAT(result.err, HasSubstr("did not end within 100ms (--timeout)"));
}

TEST(Guest, KernelThatPanicsIsShown) {
  const Result result =
      RunGuest({"--append=rdinit=/none root=/dev/none", "true"});
  EXPECT_THAT(result, Exited(125));
  EXPECT_THAT(result.err, StartsWith("guest: did not boot "));
  EXPECT_THAT(result.err, HasSubstr("Kernel panic"));
}

TEST(Guest, BootThatTakesTooLongIsEnded) {
  const Result result =
      RunGuest({"--accel=tcg", "--boot_timeout=50ms", "true"});
  EXPECT_THAT(result, Exited(125));
  EXPECT_THAT(result.err, StartsWith("guest: did not boot "));
  EXPECT_THAT(result.err, HasSubstr(" within 50ms (--boot_timeout)"));
}

TEST(Guest, PortThatNeverComesIsNamed) {
  const Result result =
      RunGuest({"--append=initcall_blacklist=virtio_console_init", "true"});
  EXPECT_THAT(result, Exited(125));
  EXPECT_THAT(result.err, HasSubstr("guest: cannot find the port /dev/vport"));
}

// In a guest of its own, as the kernel of this machine can be any. Where the
// launcher wants a guest there, it complains that there is no kernel for one.
Result RunWhenNeededOnKernel(const std::string& append) {
  return RunGuest({"--append=" + append, FindRunfile("tests/kernel/guest"),
                   "--when_needed", "--kernel=/etc/passwd", "echo", "here"});
}

TEST(Guest, IsNotNeededOnAKernelThatGrants) {
  const Result result = RunWhenNeededOnKernel("");
  EXPECT_THAT(result, Exited(0));
  EXPECT_EQ(result.out, "here\n");
}

TEST(Guest, IsNeededWhereExtensionsAreTurnedOffAtBoot) {
  const Result result = RunWhenNeededOnKernel("rseq_slice_ext=0");
  EXPECT_THAT(result, Exited(125));
  EXPECT_THAT(result.err, HasSubstr("/etc/passwd is not a Linux kernel"));
}

TEST(Guest, MachineThatCannotBeIsRefused) {
  for (const auto& [flag, sentence] :
       std::vector<std::pair<std::string, std::string>>{
           {"--cpus=0", "--cpus is 1 to 64, not 0"},
           {"--cpus=65", "--cpus is 1 to 64, not 65"},
           {"--memory=-1", "--memory is at least 128 MiB, not -1"},
           {"--memory=127", "--memory is at least 128 MiB, not 127"},
           {"--slice_ns=-1", "--slice_ns is 5000 to 50000, or 0, not -1"},
           {"--slice_ns=4999", "--slice_ns is 5000 to 50000, or 0, not 4999"},
           {"--slice_ns=50001", "--slice_ns is 5000 to 50000, or 0, not 50001"},
           {"--timeout=-1s", "--timeout is at least 0, not -1s"},
           {"--boot_timeout=-1ms", "--boot_timeout is above 0, not -1ms"},
           {"--boot_timeout=0", "--boot_timeout is above 0, not 0"}}) {
    const Result result = RunGuest({flag, "true"});
    EXPECT_THAT(result, Exited(125));
    EXPECT_EQ(result.err, "guest: " + sentence + "\n");
  }
}

TEST(Guest, FileThatIsNoKernelIsRefused) {
  EXPECT_THAT(RunGuest({"--kernel=/etc/passwd", "true"}),
              ::testing::AllOf(
                  Exited(125),
                  ::testing::Field(
                      &Result::err,
                      "guest: /etc/passwd is not a Linux kernel (bzImage)\n")));
}

TEST(Guest, MissingQemuIsNamedWithItsPackage) {
  const Result result = RunGuest({"true"}, {"PATH=/none"});
  EXPECT_THAT(result, Exited(125));
  EXPECT_EQ(result.err,
            "guest: no qemu-system-x86_64 on the PATH; on Debian and Ubuntu: "
            "sudo apt-get install qemu-system-x86\n");
}

TEST(Guest, SignalEndsItAndLeavesNothing) {
  Launch launch({"sh", "-c", "echo up; sleep 1000"});
  launch.WaitForOutput();
  ASSERT_THAT(FilesIn(launch.temp()), Not(IsEmpty()));
  launch.Kill(SIGTERM);
  const Result result = launch.Wait();
  EXPECT_TRUE(WIFSIGNALED(result.status)) << result.err;
  EXPECT_EQ(WTERMSIG(result.status), SIGTERM);
  EXPECT_THAT(FilesIn(launch.temp()), IsEmpty());
}

}  // namespace
}  // namespace slicelock::kernel
