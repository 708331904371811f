#ifndef TESTS_KERNEL_ARGV_H_
#define TESTS_KERNEL_ARGV_H_

#include <string>
#include <vector>

namespace slicelock::kernel {

// What exec(3) takes: `words`, which must stay as they are, and a null.
inline std::vector<char*> Argv(std::vector<std::string>& words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return argv;
}

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_ARGV_H_
