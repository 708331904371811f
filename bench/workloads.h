// What programs do with one hot lock: three patterns, each over any lock.

#ifndef SLICELOCK_BENCH_WORKLOADS_H_
#define SLICELOCK_BENCH_WORKLOADS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <random>
#include <thread>
#include <unordered_map>

#include "bench/locks_under_test.h"
#include "bench/team.h"
#include "bench/time_stamp.h"
#include "bench/waits.h"

namespace slicelock::bench {

// Holds any lock, by whatever names.
template <typename Lock>
class Holder {
 public:
  explicit Holder(Lock& lock) : lock_(lock) { Acquire(lock_); }
  ~Holder() { Release(lock_); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

 private:
  Lock& lock_;
};

// Each has Run(), what one thread of the team does until that is stopped. It
// returns how many requests it served, and records how long they took.

// Serves requests that threads make themselves.
template <typename Store>
uint64_t ServeUntilStopped(Store& store, int self, Team& team,
                           Waits& latencies) {
  std::minstd_rand random(static_cast<unsigned>(self) + 1);
  uint64_t requests = 0;
  team.WaitForStart();
  for (; !team.stopped(); ++requests) {
    const Ticks start = Now();
    store.Serve(random);
    latencies.Record(Now() - start);
  }
  return requests;
}

// A cache of the keys used last. A hit moves the key to the front, a miss drops
// the last: every request writes.
template <typename Lock>
class LruCache {
 public:
  uint64_t Run(int self, Team& team, Waits& latencies) {
    return ServeUntilStopped(*this, self, team, latencies);
  }

  void Serve(std::minstd_rand& random) {
    // Skewed: about nine of ten are hits.
    const uint64_t key = random() % (random() % 4 == 0 ? 2 * kKeys : kKeys / 2);
    const Holder<Lock> holder(lock_);
    const auto found = index_.find(key);
    if (found != index_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return;
    }
    if (index_.size() == kKeys) {
      index_.erase(order_.back());
      order_.pop_back();
    }
    order_.push_front(key);
    index_.emplace(key, order_.begin());
  }

  // Whether its two halves agree.
  bool consistent() const { return index_.size() == order_.size(); }

 private:
  static constexpr size_t kKeys = 4096;

  Lock lock_;
  std::list<uint64_t> order_;
  std::unordered_map<uint64_t, std::list<uint64_t>::iterator> index_;
};

// An ordered map as databases keep in memory: one of four requests writes, the
// others read a short range.
template <typename Lock>
class Memtable {
 public:
  Memtable() {
    for (uint64_t key = 0; key < kKeys; ++key) rows_[key] = 0;
  }

  uint64_t Run(int self, Team& team, Waits& latencies) {
    return ServeUntilStopped(*this, self, team, latencies);
  }

  void Serve(std::minstd_rand& random) {
    const uint64_t key = random() % kKeys;
    const bool writes = random() % 4 == 0;
    const Holder<Lock> holder(lock_);
    if (writes) {
      ++rows_[key];
      return;
    }
    auto row = rows_.lower_bound(key);
    for (int i = 0; i < kRange && row != rows_.end(); ++i, ++row) {
      seen_ += row->second;
    }
  }

  bool consistent() const { return rows_.size() == kKeys; }

 private:
  static constexpr uint64_t kKeys = 16384;
  static constexpr int kRange = 8;

  Lock lock_;
  std::map<uint64_t, uint64_t> rows_;
  uint64_t seen_ = 0;
};

// A queue of work. Of each two threads one puts items in, the other takes them
// out, and waits where there are none. A request is an item, from before it is
// put in until it has been taken out.
template <typename Condition>
class WorkQueue {
 public:
  uint64_t Run(int self, Team& team, Waits& latencies) {
    team.WaitForStart();
    return self % 2 == 0 ? Produce(team) : Consume(latencies);
  }

  bool consistent() const { return items_.empty(); }

 private:
  struct Item {
    Ticks asked;
    bool last;  // For the thread that takes it.
  };

  static constexpr size_t kRoom = 64;

  uint64_t Produce(Team& team) {
    bool last = false;
    while (!last) {
      last = team.stopped();
      const Ticks asked = Now();
      condition_.Lock();
      const bool room = last || items_.size() < kRoom;
      if (room) items_.push_back({asked, last});
      condition_.Unlock();
      if (room) {
        condition_.Notify();
      } else {
        std::this_thread::yield();
      }
    }
    return 0;
  }

  uint64_t Consume(Waits& latencies) {
    for (uint64_t requests = 0;; ++requests) {
      condition_.Lock();
      while (items_.empty()) condition_.Wait();
      const Item item = items_.front();
      items_.pop_front();
      condition_.Unlock();
      if (item.last) return requests;
      latencies.Record(Now() - item.asked);
    }
  }

  Condition condition_;
  std::deque<Item> items_;  // Guarded by the mutex of the condition.
};

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_WORKLOADS_H_
