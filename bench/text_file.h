#ifndef SLICELOCK_BENCH_TEXT_FILE_H_
#define SLICELOCK_BENCH_TEXT_FILE_H_

#include <fstream>
#include <sstream>
#include <string>

namespace slicelock::bench {

// Empty if it cannot be read.
inline std::string ReadTextFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_TEXT_FILE_H_
