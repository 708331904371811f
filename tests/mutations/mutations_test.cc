#include "tests/mutations/mutations.h"

#include <iterator>
#include <string>

#include "gtest/gtest.h"
#include "tests/mutations/text_file.h"

namespace slicelock::mutations {
namespace {

TEST(MutationsTest, EachHasItsTextInTheSources) {
  EXPECT_GE(std::size(kMutations), 40u);
  for (const Mutation& mutation : kMutations) {
    SCOPED_TRACE(mutation.text);
    const std::string source = ReadFile(mutation.file);
    const size_t at = source.find(mutation.text);
    ASSERT_NE(at, std::string::npos) << "no longer in " << mutation.file;
    EXPECT_EQ(source.find(mutation.text, at + 1), std::string::npos)
        << "more than once in " << mutation.file;
  }
}

}  // namespace
}  // namespace slicelock::mutations
