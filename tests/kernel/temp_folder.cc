#include "tests/kernel/temp_folder.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace slicelock::kernel {

TempFolder::TempFolder() {
  std::string path = "/tmp";
  for (const char* variable : {"TEST_TMPDIR", "TMPDIR"}) {
    if (const char* value = getenv(variable)) path = value;
  }
  path += "/slicelock-guest-XXXXXX";
  if (mkdtemp(path.data()) != nullptr) path_ = path;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace slicelock::kernel
