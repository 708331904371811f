// What is done to a lock whose memory is not as it should be, or is, in a way
// that has a name:
//
//   memory <name>

#include <functional>
#include <map>
#include <memory>
#include <new>
#include <string>

#include "locks/mutex.h"

namespace {

using slicelock::Mutex;
using slicelock::MutexLock;

struct Owner {
  Mutex mutex;
};

// `offset`: from where a Mutex may be.
void LockAt(int offset) {
  alignas(Mutex) char memory[2 * sizeof(Mutex)];
  Mutex* const mutex = new (memory + offset) Mutex;
  mutex->lock();
  mutex->unlock();
}

const std::map<std::string, std::function<void()>> kWays = {
    {"released_before_it_is_gone",
     [] {
       auto owner = std::make_shared<Owner>();
       { const MutexLock lock(owner->mutex); }
       owner.reset();
     }},
    {"released_when_it_is_gone",
     [] {
       auto owner = std::make_shared<Owner>();
       const MutexLock lock(owner->mutex);
       owner.reset();
     }},
    {"aligned", [] { LockAt(0); }},
    {"misaligned", [] { LockAt(1); }},
};

}  // namespace

int main(int argc, char** argv) { kWays.at(argc == 2 ? argv[1] : "")(); }
