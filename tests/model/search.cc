#include "tests/model/search.h"

#include <iostream>

namespace slicelock::model {

namespace internal {
namespace {

template <typename Search>
rl::test_params Common(const Search& search) {
  rl::test_params params;
  params.search_type = search.kScheduler;
  params.execution_depth_limit = 2000;
  return params;
}

std::string Describe(const rl::test_params& params, const Futex& futex) {
  std::string text = "all orders";
  if (params.search_type == rl::sched_random) text = "random orders";
  if (params.search_type == rl::sched_bound) {
    text += " with " + std::to_string(params.context_bound) +
            " preemptions at most";
  }
  const auto add = [&text](int count, const char* what) {
    if (count > 0) text += ", " + std::to_string(count) + what;
  };
  add(futex.spurious_wakeups, " spurious wake-ups");
  add(futex.early_timeouts, " early time-outs");
  return text;
}

}  // namespace

rl::test_params Parameters(const AllOrders& search) { return Common(search); }

rl::test_params Parameters(const FewPreemptions& search) {
  rl::test_params params = Common(search);
  params.context_bound = static_cast<unsigned>(search.limit);
  return params;
}

rl::test_params Parameters(const RandomOrders& search) {
  rl::test_params params = Common(search);
  params.iteration_count = static_cast<rl::iteration_t>(search.limit);
  return params;
}

Found Report(const std::string& model, const Futex& futex,
             const rl::test_params& params, const std::string& trace) {
  Found found;
  found.bug = params.test_result != rl::test_result_success;
  found.executions = params.stop_iteration;
  found.trace = trace;
  if (found.bug) found.what = trace.substr(0, trace.find('\n'));
  std::cout << model << ": " << found.executions << " executions, "
            << Describe(params, futex) << ": "
            << (found.bug ? found.what : "no bug") << std::endl;
  return found;
}

}  // namespace internal

::testing::AssertionResult NoBug(const Found& found) {
  if (!found.bug) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << found.trace;
}

::testing::AssertionResult Bug(const Found& found, const std::string& what) {
  if (found.what.find(what) != std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << (found.bug ? "another bug was found\n" + found.trace
                       : "no bug was found");
}

}  // namespace slicelock::model
