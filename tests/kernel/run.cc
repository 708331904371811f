#include "tests/kernel/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/kernel/argv.h"
#include "tests/kernel/job.h"
#include "tests/kernel/qemu_command.h"
#include "tests/kernel/signals.h"
#include "tests/kernel/temp_folder.h"
#include "tests/kernel/text_file.h"

namespace slicelock::kernel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kCannotExec = 127;
constexpr int kConsoleLines = 20;

std::string EachWithNul(const std::vector<std::string>& items) {
  std::string result;
  for (const std::string& item : items) result.append(item).push_back('\0');
  return result;
}

bool OutAndErrAreOne() {
  struct stat out;
  struct stat err;
  return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
         out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

void WriteJob(const std::string& folder, const Machine& machine,
              const Command& command) {
  const auto write = [&](const char* file, absl::string_view content) {
    std::ofstream(folder + "/" + file) << content;
  };
  std::filesystem::create_directory(folder);
  write(kArgvFile, EachWithNul(command.argv));
  write(kEnvironFile, EachWithNul(command.environment));
  write(kDirectoryFile, command.directory);
  write(kAcceleratorFile, machine.accelerator == Accelerator::kKvm
                              ? "kvm"
                              : "tcg (software emulation)");
  if (machine.slice_ns != 0) {
    write(kSliceFile, absl::StrCat(machine.slice_ns));
  }
  if (!machine.root.empty()) write(kRootFile, "");
  if (OutAndErrAreOne()) write(kOneStreamFile, "");
}

[[noreturn]] void ExecQemu(const Machine& machine, const QemuFiles& files,
                           pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotExec);
  // What QEMU itself has to say goes where the guest's messages go.
  const int log =
      open(files.console.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  fcntl(files.out, F_SETFD, 0);
  fcntl(files.err, F_SETFD, 0);
  std::vector<std::string> command = QemuCommand(machine, files);
  execvp(command[0].c_str(), Argv(command).data());
  _exit(kCannotExec);
}

struct Pipe {
  Pipe() { (void)!pipe2(ends, O_CLOEXEC); }
  int ends[2];
};

void Close(int& fd) {
  close(fd);
  fd = -1;
}

class Guest {
 public:
  Guest(const Machine& machine, const std::string& folder,
        const Signals& signals)
      : machine_(machine),
        signals_(signals),
        job_(folder + "/job"),
        console_(folder + "/console") {}

  Outcome Run(const Command& command) {
    WriteJob(job_, machine_, command);
    Start();
    Outcome outcome = Supervise();
    kill(pid_, SIGKILL);  // Does nothing where it has ended.
    Drain();
    int status;
    waitpid(pid_, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotExec) {
      outcome.end = End::kNoQemu;
    }
    outcome.console = ConsoleTail();
    return outcome;
  }

 private:
  void Start() {
    Pipe out;
    Pipe err;
    const pid_t self = getpid();
    pid_ = fork();
    if (pid_ == 0) {
      signals_.Restore();
      ExecQemu(machine_, {job_, console_, out.ends[1], err.ends[1]}, self);
    }
    close(out.ends[1]);
    close(err.ends[1]);
    out_ = out.ends[0];
    err_ = err.ends[0];
  }

  Outcome Supervise() {
    bool up = false;
    Clock::time_point deadline = After(machine_.boot_timeout);
    while (out_ >= 0 || err_ >= 0) {  // QEMU holds the other ends.
      pollfd events[] = {
          {signals_.fd(), POLLIN, 0}, {out_, POLLIN, 0}, {err_, POLLIN, 0}};
      poll(events, std::size(events), Patience(up, deadline));
      if (events[0].revents != 0) {
        return {End::kInterrupted, signals_.Receive(), ""};
      }
      if (events[1].revents != 0) Forward(out_, STDOUT_FILENO);
      if (events[2].revents != 0) Forward(err_, STDERR_FILENO);
      if (!up && Exists(kUpFile)) {
        up = true;
        deadline = After(machine_.timeout);
      }
      if (Clock::now() >= deadline) {
        return {up ? End::kTimedOut : End::kBootTimedOut, 0, ""};
      }
    }
    if (!Exists(kUpFile)) return {End::kNoBoot, 0, ""};
    const std::string status = ReadTextFile(job_ + "/" + kStatusFile);
    if (status.empty()) return {End::kDied, 0, ""};
    return {End::kExited, std::stoi(status), ""};
  }

  static Clock::time_point After(absl::Duration duration) {
    // No longer than a clock can count.
    if (duration > absl::Hours(24 * 365)) return Clock::time_point::max();
    return Clock::now() + absl::ToChronoMilliseconds(duration);
  }

  // Until the guest is up, there is a file to look for.
  static int Patience(bool up, Clock::time_point deadline) {
    if (!up) return 10;
    if (deadline == Clock::time_point::max()) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    return std::max<int>(left.count(), 0);
  }

  bool Exists(const char* file) const {
    return access((job_ + "/" + file).c_str(), F_OK) == 0;
  }

  static void Forward(int& from, int to) {
    char buffer[65536];
    const ssize_t size = read(from, buffer, sizeof(buffer));
    if (size == 0) Close(from);
    for (ssize_t done = 0; done < size;) {
      const ssize_t n = write(to, buffer + done, size - done);
      if (n < 0 && errno != EINTR && errno != EAGAIN) return;
      if (n > 0) done += n;
    }
  }

  void Drain() {
    while (out_ >= 0) Forward(out_, STDOUT_FILENO);
    while (err_ >= 0) Forward(err_, STDERR_FILENO);
  }

  std::string ConsoleTail() const {
    const std::string text =
        absl::StrReplaceAll(ReadTextFile(console_), {{"\r", ""}});
    std::vector<absl::string_view> lines =
        absl::StrSplit(text, '\n', absl::SkipWhitespace());
    if (lines.size() > kConsoleLines) {
      lines.erase(lines.begin(), lines.end() - kConsoleLines);
    }
    return absl::StrJoin(lines, "\n");
  }

  const Machine& machine_;
  const Signals& signals_;
  const std::string job_;
  const std::string console_;
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

}  // namespace

Outcome Run(const Machine& machine, const Command& command) {
  const Signals signals;
  const TempFolder temp;
  if (temp.path().empty()) return {End::kNoFolder, errno, ""};
  return Guest(machine, temp.path(), signals).Run(command);
}

}  // namespace slicelock::kernel
