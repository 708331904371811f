#include "locks/observe/contention.h"

#include <algorithm>

#include "locks/observe/cycles.h"
#include "locks/observe/hooks.h"
#include "locks/observe/wiped_on_fork.h"

namespace slicelock::contention {

namespace {

// Those who wait for locks of the same hash.
struct Room {
  static constexpr int kPlaces = 64;

  Waiter waiters[kPlaces];
};

struct Rooms {
  static constexpr int kRooms = 64;

  Room rooms[kRooms];
};

WipedOnFork<Rooms> rooms;

Room* RoomOf(const void* lock) {
  Rooms* const all = rooms.get();
  if (all == nullptr) return nullptr;
  const uint64_t key = reinterpret_cast<uintptr_t>(lock);
  return &all->rooms[(key * 0x9e3779b97f4a7c15 >> 32) % Rooms::kRooms];
}

Waiter* TakePlace(const void* lock) {
  if (!hooks::WantWaits()) return nullptr;
  Room* const room = RoomOf(lock);
  if (room == nullptr) return nullptr;
  for (Waiter& waiter : room->waiters) {
    const void* nobody = nullptr;
    if (waiter.lock.load(std::memory_order_relaxed) == nullptr &&
        waiter.lock.compare_exchange_strong(nobody, &waiter,
                                            std::memory_order_relaxed)) {
      waiter.since.store(Cycles(), std::memory_order_relaxed);
      // The time first.
      waiter.lock.store(lock, std::memory_order_release);
      return &waiter;
    }
  }
  return nullptr;
}

}  // namespace

Waiting::Waiting(const void* lock) : waiter_(TakePlace(lock)) {}

Waiting::~Waiting() {
  if (waiter_ != nullptr) {
    waiter_->lock.store(nullptr, std::memory_order_relaxed);
  }
}

int64_t Charge(const void* lock) {
  if (!hooks::WantWaits()) return 0;
  Room* const room = RoomOf(lock);
  if (room == nullptr) return 0;
  const int64_t now = Cycles();
  int64_t waited = 0;
  for (Waiter& waiter : room->waiters) {
    if (waiter.lock.load(std::memory_order_acquire) != lock) continue;
    const int64_t since = waiter.since.exchange(now, std::memory_order_relaxed);
    // Counters of several processors may differ a little.
    waited += std::max<int64_t>(now - since, 0);
  }
  return waited;
}

void Prepare() { rooms.Make(); }

}  // namespace slicelock::contention
