// For tidy_finds_test: nobody compiles it.

#include <pthread.h>

#include <cstddef>
#include <string>
#include <utility>

size_t MoveAndUse(std::string text) {
  const std::string moved = std::move(text);
  return moved.size() + text.size();
}

size_t CopyForNothing(const std::string text) { return text.size(); }

void LetOthersCancelAnywhere() {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
}
