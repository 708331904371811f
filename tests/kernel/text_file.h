#ifndef TESTS_KERNEL_TEXT_FILE_H_
#define TESTS_KERNEL_TEXT_FILE_H_

#include <fstream>
#include <sstream>
#include <string>

namespace slicelock::kernel {

// Empty if it cannot be read.
inline std::string ReadTextFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_TEXT_FILE_H_
