#ifndef SLICELOCK_TESTS_MUTATIONS_TEXT_FILE_H_
#define SLICELOCK_TESTS_MUTATIONS_TEXT_FILE_H_

#include <fstream>
#include <iterator>
#include <string>

namespace slicelock::mutations {

// Empty if it cannot be read.
inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline bool WriteFile(const std::string& path, const std::string& text) {
  return static_cast<bool>(std::ofstream(path) << text);
}

}  // namespace slicelock::mutations

#endif  // SLICELOCK_TESTS_MUTATIONS_TEXT_FILE_H_
