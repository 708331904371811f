#include "tests/run_last.h"

#include <pthread.h>

#include <cstdlib>
#include <functional>
#include <utility>

namespace slicelock::testing {
namespace {

struct Last {
  std::function<void()> function;
  bool postponed = false;
};

pthread_key_t key;

void CleanUp(void* value) {
  Last* const last = static_cast<Last*>(value);
  // All clean-ups have run once when one is called again.
  if (!std::exchange(last->postponed, true)) {
    pthread_setspecific(key, value);
    return;
  }
  last->function();
  delete last;
}

}  // namespace

void RunLast(std::function<void()> function) {
  static const bool created = pthread_key_create(&key, CleanUp) == 0;
  if (!created) abort();
  pthread_setspecific(key, new Last{std::move(function)});
}

}  // namespace slicelock::testing
