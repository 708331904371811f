// What the matrix test prints for people.

#ifndef SLICELOCK_TESTS_COEXISTENCE_TABLES_H_
#define SLICELOCK_TESTS_COEXISTENCE_TABLES_H_

#include <string>
#include <vector>

namespace slicelock::coexistence {

struct CellResult {
  std::string c_library;
  std::string registration;
  std::string expected;
  std::string found;
  int grants;
  bool ok;
  std::string remark;
};

std::string TableOfResults(const std::vector<CellResult>& results);

// Where the extension is expected to be on: all C libraries, ways to register,
// and kernels.
std::string TableOfExpectations();

}  // namespace slicelock::coexistence

#endif  // SLICELOCK_TESTS_COEXISTENCE_TABLES_H_
