// Process 1 of the guest: makes the host's files, /proc and the like usable,
// runs one command and ends the guest. See job.h for how it hears and reports.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/kernel/job.h"

namespace slicelock::kernel {
namespace {

constexpr char kSliceControl[] = "/sys/kernel/debug/rseq/slice_ext_nsec";

[[gnu::format(printf, 1, 2)]] void Say(const char* format, ...) {
  va_list args;
  va_start(args, format);
  dprintf(STDERR_FILENO, "guest: ");
  vdprintf(STDERR_FILENO, format, args);
  dprintf(STDERR_FILENO, "\n");
  va_end(args);
}

// QEMU ends where a machine would restart. (Only with ACPI is there an off.)
[[noreturn]] void End() {
  reboot(RB_AUTOBOOT);
  abort();
}

[[noreturn]] void Fail(const std::string& what) {
  Say("cannot %s: %s", what.c_str(), strerror(errno));
  End();
}

bool WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    data += written;
    size -= written;
  }
  return true;
}

bool Exists(int folder, const char* name) {
  return faccessat(folder, name, F_OK, 0) == 0;
}

std::string ReadFile(int folder, const char* name) {
  std::string content;
  const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
  char buffer[4096];
  for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) {
    content.append(buffer, n);
  }
  close(fd);
  return content;
}

bool WriteFile(int folder, const char* name, const std::string& content) {
  const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  const bool written = WriteAll(fd, content.data(), content.size());
  close(fd);
  return written;
}

std::vector<char*> SplitAtNul(std::string& list) {
  std::vector<char*> items;
  for (size_t at = 0; at < list.size(); at += strlen(&list[at]) + 1) {
    items.push_back(&list[at]);
  }
  items.push_back(nullptr);
  return items;
}

// Mounts. New root folder: /new, until SwitchRoot makes it /.

void Mount(const char* what, const char* where, const char* type,
           unsigned long flags = 0, const char* options = nullptr) {
  mkdir(where, 0755);
  if (mount(what, where, type, flags, options) != 0) {
    Fail(std::string("mount ") + what + " on " + where);
  }
}

void MountShare(const char* tag, const char* where, const char* cache,
                unsigned long flags) {
  const std::string options =
      std::string("trans=virtio,version=9p2000.L,msize=512000,cache=") + cache;
  Mount(tag, where, "9p", flags, options.c_str());
}

void MountRoot(bool with_root_over_host) {
  // Nothing changes below the guest while it runs, so it may cache.
  if (!with_root_over_host) {
    MountShare(kHostTag, "/new", "loose", MS_RDONLY);
    return;
  }
  MountShare(kHostTag, "/host", "loose", MS_RDONLY);
  MountShare(kRootTag, "/root", "loose", MS_RDONLY);
  Mount("overlay", "/new", "overlay", MS_RDONLY, "lowerdir=/root:/host");
}

// The host's /tmp, with what the guest writes kept in memory.
void MountTmp() {
  Mount("tmpfs", "/tmp", "tmpfs");
  mkdir("/tmp/upper", 01777);
  chmod("/tmp/upper", 01777);
  mkdir("/tmp/work", 0755);
  if (mount("overlay", "/new/tmp", "overlay", 0,
            "lowerdir=/new/tmp,upperdir=/tmp/upper,workdir=/tmp/work") != 0) {
    Mount("tmpfs", "/new/tmp", "tmpfs", 0, "mode=1777");
  }
}

void SwitchRoot() {
  if (chdir("/new") != 0 || mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
      chroot(".") != 0 || chdir("/") != 0) {
    Fail("switch to the root folder");
  }
}

void MountAll(bool with_root_over_host) {
  MountRoot(with_root_over_host);
  MountTmp();
  Mount("proc", "/new/proc", "proc");
  Mount("sysfs", "/new/sys", "sysfs");
  Mount("debugfs", "/new/sys/kernel/debug", "debugfs");
  Mount("tmpfs", "/new/run", "tmpfs", 0, "mode=0755");
  Mount("devtmpfs", "/new/dev", "devtmpfs");
  Mount("devpts", "/new/dev/pts", "devpts", 0, "ptmxmode=0666");
  Mount("tmpfs", "/new/dev/shm", "tmpfs", 0, "mode=1777");
  (void)!symlink("/proc/self/fd", "/new/dev/fd");
  (void)!symlink("fd/0", "/new/dev/stdin");
  (void)!symlink("fd/1", "/new/dev/stdout");
  (void)!symlink("fd/2", "/new/dev/stderr");
  SwitchRoot();
}

void SetSlice(const std::string& nanoseconds) {
  if (nanoseconds.empty()) return;
  if (!WriteFile(AT_FDCWD, kSliceControl, nanoseconds)) {
    Say("cannot set the time slice extension to %s ns (5000 to 50000): %s",
        nanoseconds.c_str(), strerror(errno));
  }
}

void ReportUp(int job) {
  utsname name;
  uname(&name);
  std::string slice = ReadFile(AT_FDCWD, kSliceControl);
  while (!slice.empty() && slice.back() == '\n') slice.pop_back();
  Say("Linux %s, %s, %ld cpus, %s%s", name.release,
      ReadFile(job, kAcceleratorFile).c_str(), sysconf(_SC_NPROCESSORS_ONLN),
      slice.empty() ? "no slice extension" : "slice ",
      slice.empty() ? "" : (slice + " ns").c_str());
  WriteFile(job, kUpFile, "");
}

// The command's output goes through pipes, since a port can be opened only
// once and /dev/stdout should work.
struct Stream {
  int from;  // The pipe's end to read.
  int to;    // The port.
};

void Close(int& fd) {
  close(fd);
  fd = -1;
}

// Returns false when there is no more for now.
bool Forward(Stream& stream) {
  char buffer[16384];
  const ssize_t n = read(stream.from, buffer, sizeof(buffer));
  if (n > 0) return WriteAll(stream.to, buffer, n);
  if (n == 0) Close(stream.from);
  return n < 0 && errno == EINTR;
}

[[noreturn]] void Exec(const std::string& directory, char** argv) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir(directory.c_str()) != 0) {
    Say("no folder %s here, so working in /", directory.c_str());
  }
  execvp(argv[0], argv);
  const bool missing = errno == ENOENT;
  const bool searched = strchr(argv[0], '/') == nullptr;
  Say("%s: %s", argv[0],
      missing && searched ? "command not found" : strerror(errno));
  _exit(missing ? 127 : 126);
}

pid_t Start(int job, int out, int err) {
  std::string argv = ReadFile(job, kArgvFile);
  std::string variables = ReadFile(job, kEnvironFile);
  const std::string directory = ReadFile(job, kDirectoryFile);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  setsid();
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<char*> environment = SplitAtNul(variables);
  environ = environment.data();
  Exec(directory, SplitAtNul(argv).data());
}

// Reaps whoever has ended; returns true, with its status, if `child` has.
bool Reap(pid_t child, int* status) {
  bool ended = false;
  int some_status;
  for (pid_t pid; (pid = waitpid(-1, &some_status, WNOHANG)) > 0;) {
    if (pid != child) continue;
    *status = some_status;
    ended = true;
  }
  return ended;
}

int ForwardUntilEnd(pid_t child, std::vector<Stream> streams) {
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  const int ended = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
  int status = 0;
  while (!Reap(child, &status)) {
    std::vector<pollfd> events = {{ended, POLLIN, 0}};
    for (const Stream& s : streams) events.push_back({s.from, POLLIN, 0});
    poll(events.data(), events.size(), -1);
    signalfd_siginfo ignored;
    while (read(ended, &ignored, sizeof(ignored)) > 0) {
    }
    for (size_t i = 0; i < streams.size(); ++i) {
      if (events[i + 1].revents != 0) Forward(streams[i]);
    }
  }
  for (Stream& stream : streams) {
    while (Forward(stream)) {
    }
  }
  return status;
}

// The shell's way to make one number of it.
int ExitStatus(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  Say("the command was killed by signal %d (%s)", signal, strsignal(signal));
  return 128 + signal;
}

int RunCommand(int job) {
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, nullptr);
  int out[2];
  int err[2];
  (void)!pipe2(out, O_CLOEXEC);
  (void)!pipe2(err, O_CLOEXEC);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  const bool one_stream = Exists(job, kOneStreamFile);
  const pid_t child = Start(job, out[1], one_stream ? out[1] : err[1]);
  close(out[1]);
  close(err[1]);
  if (child < 0) Fail("fork");
  return ExitStatus(ForwardUntilEnd(
      child, {{out[0], STDOUT_FILENO}, {err[0], STDERR_FILENO}}));
}

// Ports come up when the device says so, which may be later than init.
void WaitForPort(const char* path) {
  constexpr int kTries = 2'000;  // Ten seconds.
  for (int i = 0; i < kTries; ++i) {
    if (Exists(AT_FDCWD, path)) return;
    usleep(5'000);
  }
  Fail(std::string("find the port ") + path);
}

void UseFile(const char* path, int flags, int as_fd) {
  const int fd = open(path, flags);
  if (fd < 0) Fail(std::string("open ") + path);
  if (fd == as_fd) return;
  dup2(fd, as_fd);
  close(fd);
}

void Main() {
  Mount("devtmpfs", "/dev", "devtmpfs");
  UseFile("/dev/null", O_RDWR, STDIN_FILENO);
  UseFile("/dev/console", O_WRONLY, STDOUT_FILENO);
  UseFile("/dev/console", O_WRONLY, STDERR_FILENO);
  MountShare(kJobTag, "/job", "none", 0);
  const int job = open("/job", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (job < 0) Fail("open the job");
  MountAll(Exists(job, kRootFile));
  WaitForPort(kOutPortPath);
  WaitForPort(kErrPortPath);
  UseFile(kOutPortPath, O_WRONLY, STDOUT_FILENO);
  UseFile(kErrPortPath, O_WRONLY, STDERR_FILENO);
  SetSlice(ReadFile(job, kSliceFile));
  ReportUp(job);
  WriteFile(job, kStatusFile, std::to_string(RunCommand(job)));
  End();
}

}  // namespace
}  // namespace slicelock::kernel

int main() { slicelock::kernel::Main(); }
