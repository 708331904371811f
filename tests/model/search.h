// Runs a model in many orders of events, and tells what was found.

#ifndef SLICELOCK_TESTS_MODEL_SEARCH_H_
#define SLICELOCK_TESTS_MODEL_SEARCH_H_

#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "tests/model/relacy.h"
#include "tests/model/world.h"

namespace slicelock::model {

inline constexpr Futex kOneSpurious = {/*spurious_wakeups=*/1,
                                       /*early_timeouts=*/0};
inline constexpr Futex kOneEarly = {/*spurious_wakeups=*/0,
                                    /*early_timeouts=*/1};
inline constexpr Futex kUnreliable = {/*spurious_wakeups=*/3,
                                      /*early_timeouts=*/3};

// Which orders of events are tried: all of them, with all that loads may see,
struct AllOrders {
  template <int kThreads>
  using Scheduler = rl::full_search_scheduler<kThreads>;
  static constexpr rl::scheduler_type_e kScheduler = rl::sched_full;

  Futex futex = {};
};

// all with at most so many preemptions,
struct FewPreemptions {
  template <int kThreads>
  using Scheduler = rl::context_bound_scheduler<kThreads>;
  static constexpr rl::scheduler_type_e kScheduler = rl::sched_bound;

  int limit;
  Futex futex = {};
};

// or so many at random.
struct RandomOrders {
  template <int kThreads>
  using Scheduler = rl::random_scheduler<kThreads>;
  static constexpr rl::scheduler_type_e kScheduler = rl::sched_random;

  int limit;
  Futex futex = {};
};

struct Found {
  bool bug = false;
  // What Relacy calls the bug, and what the model says of it.
  std::string what;
  uint64_t executions = 0;
  // The last execution's events, step by step.
  std::string trace;
};

namespace internal {

rl::test_params Parameters(const AllOrders& search);
rl::test_params Parameters(const FewPreemptions& search);
rl::test_params Parameters(const RandomOrders& search);

// Prints one line.
Found Report(const std::string& model, const Futex& futex,
             const rl::test_params& params, const std::string& trace);

}  // namespace internal

// A model of `kThreads` threads. `Model` has Run(thread) for each of them, a
// constructor and a destructor for each execution, and Check() for its end.
template <typename Model, int kThreads>
struct Suite : rl::test_suite<Suite<Model, kThreads>, kThreads> {
  static_assert(kThreads <= World::kMostThreads);

  struct Begun {
    Begun() { world.Begin(kThreads, futex); }
    ~Begun() { world.End(); }
  };

  void thread(unsigned index) {
    model.Run(static_cast<int>(index));
    world.Finish();
  }
  void after() { model.Check(); }

  static inline Futex futex;

  Begun begun;  // Before the model.
  Model model;
};

template <typename Model, int kThreads, typename Search>
Found Explore(const std::string& name, const Search& search) {
  using TheSuite = Suite<Model, kThreads>;
  using Scheduler = typename Search::template Scheduler<kThreads>;
  rl::test_params params = internal::Parameters(search);
  // Relacy tracks what other streams allocate.
  rl::ostringstream trace, progress;
  params.output_stream = &trace;
  params.progress_stream = &progress;
  TheSuite::futex = search.futex;
  world.CleanUp();
  rl::ostringstream state;
  if (rl::run_test<TheSuite, Scheduler>(params, state, false) !=
      rl::test_result_success) {
    // The same order again, for its trace.
    world.CleanUp();
    params.initial_state = state.str();
    params.collect_history = true;
    rl::run_test<TheSuite, Scheduler>(params, state, true);
  }
  return internal::Report(name, search.futex, params, trace.str().c_str());
}

// The same of a model with a static `program`.
template <typename Model, int kThreads, typename Program, typename Search>
Found ExploreProgram(const std::string& name, const Program& program,
                     const Search& search) {
  Model::program = program;
  std::string description = name;
  for (int i = 0; i < kThreads; ++i) {
    description += (i == 0 ? " " : " | ") + std::string(program.threads[i]);
  }
  return Explore<Model, kThreads>(description, search);
}

// For EXPECT_TRUE().
::testing::AssertionResult NoBug(const Found& found);
::testing::AssertionResult Bug(const Found& found, const std::string& what);

}  // namespace slicelock::model

#endif  // SLICELOCK_TESTS_MODEL_SEARCH_H_
