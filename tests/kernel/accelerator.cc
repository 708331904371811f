#include "tests/kernel/accelerator.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace slicelock::kernel {
namespace {

constexpr char kWorks[] = "works";
constexpr char kBroken[] = "broken";

std::string ReadWord(const std::string& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

std::string HomeFolder() {
  if (const char* home = getenv("HOME")) return home;
  const passwd* user = getpwuid(getuid());
  return user != nullptr ? user->pw_dir : "/tmp";
}

std::string CacheFolder() {
  const char* cache = getenv("XDG_CACHE_HOME");
  return (cache != nullptr ? cache : HomeFolder() + "/.cache") + "/slicelock";
}

std::string VerdictFile() {
  return CacheFolder() + "/kvm-" + ReadWord("/proc/sys/kernel/random/boot_id");
}

bool KvmOpens() {
  const int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

}  // namespace

KvmVerdict LoadKvmVerdict() {
  if (!KvmOpens()) return KvmVerdict::kBroken;
  const std::string word = ReadWord(VerdictFile());
  if (word == kWorks) return KvmVerdict::kWorks;
  if (word == kBroken) return KvmVerdict::kBroken;
  return KvmVerdict::kUnknown;
}

// A verdict that cannot be kept costs a second try, no more.
void SaveKvmVerdict(KvmVerdict verdict) {
  std::error_code ignored;
  std::filesystem::create_directories(CacheFolder(), ignored);
  std::ofstream(VerdictFile())
      << (verdict == KvmVerdict::kWorks ? kWorks : kBroken) << "\n";
}

}  // namespace slicelock::kernel
