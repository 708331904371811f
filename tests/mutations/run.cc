// Plants one fault after the other into a copy of the tree, and runs the tests
// there that should find it:
//
//   bazel run //tests/mutations -- [<first> [<last>]]
//
// Tells of each whether it was found. Ends with 1 if one was not.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>

#include "tests/mutations/mutations.h"
#include "tests/mutations/text_file.h"
#include "tests/run_program.h"

namespace slicelock::mutations {
namespace {

// The fast ones first: the next is run only if the last found nothing.
constexpr const char* kTests[] = {
    "//tests:slice_section_test //tests:lock_protocol_test "
    "//tests:shared_lock_protocol_test",
    "//tests/model:raw_lock_test",
    "//tests/model:raw_shared_lock_test",
    "//tests/model:raw_cond_var_test",
    "//tests:cond_var_test //tests:condition_test //tests:lock_test "
    "//tests:shared_mutex_test",
    "//tests:interrupt_points_test",
};

// Of Bazel.
constexpr int kPassed = 0;
constexpr int kNotBuilt = 1;

// The tests that found it, or null.
const char* FindIt() {
  for (const char* tests : kTests) {
    const int status =
        testing::RunInShell(
            "./bazelw test --noshow_progress --test_output=summary "
            "--test_timeout=300 " +
            std::string(tests) + " 2>&1")
            .status;
    if (status == kNotBuilt) return "does not compile";
    if (status != kPassed) return tests;
  }
  return nullptr;
}

int Run(size_t first, size_t last) {
  int survivors = 0;
  for (size_t i = first; i <= last && i < std::size(kMutations); ++i) {
    const Mutation& mutation = kMutations[i];
    const std::string source = ReadFile(mutation.file);
    std::string mutated = source;
    const size_t at = mutated.find(mutation.text);
    if (at == std::string::npos) {
      fprintf(stderr, "%s has changed\n", mutation.file);
      return 2;
    }
    mutated.replace(at, std::string(mutation.text).size(),
                    mutation.replacement);
    WriteFile(mutation.file, mutated);
    const char* const killer = FindIt();
    WriteFile(mutation.file, source);
    printf("%3zu %-8s %s: %s\n    -> %s\n    %s\n", i,
           killer == nullptr ? "SURVIVED" : "found", mutation.file,
           mutation.text, mutation.replacement,
           killer == nullptr ? "" : killer);
    fflush(stdout);
    if (killer == nullptr) ++survivors;
  }
  printf("%d not found\n", survivors);
  return survivors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace slicelock::mutations

int main(int argc, char** argv) {
  const char* const tree = getenv("BUILD_WORKSPACE_DIRECTORY");
  if (tree == nullptr) {
    fprintf(stderr, "for bazel run\n");
    return 2;
  }
  char copy[] = "/tmp/slicelock_mutations_XXXXXX";
  if (mkdtemp(copy) == nullptr || chdir(copy) != 0 ||
      slicelock::testing::RunInShell("tar -C '" + std::string(tree) +
                                     "' --exclude='./bazel-*' "
                                     "--exclude=./.git -c . | tar -x")
              .status != 0) {
    perror("cannot copy the tree");
    return 2;
  }
  printf("in %s\n", copy);
  const auto number = [&](int which, size_t otherwise) {
    return argc > which ? strtoul(argv[which], nullptr, 10) : otherwise;
  };
  return slicelock::mutations::Run(
      number(1, 0), number(2, std::size(slicelock::mutations::kMutations)));
}
