#include "tests/kernel/qemu_command.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/kernel/job.h"

namespace slicelock::kernel {
namespace {

using Options = std::vector<std::string>;

void Append(Options& options, const Options& more) {
  options.insert(options.end(), more.begin(), more.end());
}

std::string Escaped(const std::string& path) {
  return absl::StrReplaceAll(path, {{",", ",,"}});
}

// A busy host must not make the guest think that its clock, the TSC, is wrong.
std::string KernelCommandLine(const Machine& machine) {
  return absl::StrCat(
      "console=ttyS0 quiet panic=-1 reboot=t nokaslr tsc=nowatchdog ",
      machine.append);
}

Options Computer(const Machine& machine) {
  Options options = {"-nodefaults", "-no-user-config", "-no-reboot"};
  Append(options, {"-display", "none"});
  if (machine.accelerator == Accelerator::kKvm) {
    Append(options, {"-accel", "kvm", "-cpu", "host"});
  } else {
    Append(options, {"-accel", "tcg,thread=multi", "-cpu", "max"});
  }
  Append(options, {"-smp", absl::StrCat(machine.cpus)});
  Append(options, {"-m", absl::StrCat(machine.memory_mib)});
  Append(options, {"-kernel", machine.kernel, "-initrd", machine.initramfs});
  Append(options, {"-append", KernelCommandLine(machine)});
  return options;
}

Options Console(const std::string& file) {
  return {"-chardev",
          absl::StrCat("file,id=console,append=on,path=", Escaped(file)),
          "-serial", "chardev:console"};
}

Options Share(const char* tag, const std::string& path, const char* access) {
  return {"-fsdev",
          absl::StrCat("local,id=", tag, ",path=", Escaped(path),
                       ",security_model=none,multidevs=remap", access),
          "-device",
          absl::StrCat("virtio-9p-pci,fsdev=", tag, ",mount_tag=", tag)};
}

Options Port(int number, int fd) {
  return {"-add-fd",
          absl::StrCat("fd=", fd, ",set=", number),
          "-chardev",
          absl::StrCat("file,id=port", number, ",path=/dev/fdset/", number,
                       ",append=on"),
          "-device",
          absl::StrCat("virtserialport,nr=", number, ",chardev=port", number)};
}

}  // namespace

std::vector<std::string> QemuCommand(const Machine& machine,
                                     const QemuFiles& files) {
  Options command = {"qemu-system-x86_64"};
  Append(command, Computer(machine));
  Append(command, Console(files.console));
  // The first virtio device, as the guest's names of the ports tell.
  Append(command, {"-device", "virtio-serial-pci"});
  Append(command, Share(kJobTag, files.job, ""));
  Append(command, Share(kHostTag, "/", ",readonly=on"));
  if (!machine.root.empty()) {
    Append(command, Share(kRootTag, machine.root, ",readonly=on"));
  }
  Append(command, Port(kOutPort, files.out));
  Append(command, Port(kErrPort, files.err));
  return command;
}

}  // namespace slicelock::kernel
