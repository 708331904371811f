// Lists that belong to addresses, without room for them there.

#ifndef SLICELOCK_LOCKS_CORE_KEYED_LIST_H_
#define SLICELOCK_LOCKS_CORE_KEYED_LIST_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "locks/core/raw_lock.h"

namespace slicelock {

namespace testing {
template <typename List>
struct ListBucket;
}  // namespace testing

// The list of the nodes whose `kKey` is one address, linked by `kNext`, in the
// order of `priority`, then of insertion. It is locked for as long as the
// object lives; lists whose addresses collide are locked together.
//
// A thread that has one list locked may lock another only if that is of another
// type, and all threads do so in the same order.
template <typename Platform, typename Node, const void* Node::*kKey,
          Node* Node::*kNext>
class KeyedList {
 public:
  explicit KeyedList(const void* key) : key_(key), bucket_(BucketOf(key)) {
    bucket_.lock.lock();
  }
  ~KeyedList() { bucket_.lock.unlock(); }
  KeyedList(const KeyedList&) = delete;
  KeyedList& operator=(const KeyedList&) = delete;

  // Null at the end.
  Node* first() const { return SkipOthers(bucket_.first); }
  Node* after(const Node* node) const { return SkipOthers(node->*kNext); }

  void Insert(Node* node) {
    Node** link = &bucket_.first;
    while (*link != nullptr && (*link)->priority >= node->priority) {
      link = &((*link)->*kNext);
    }
    node->*kNext = *link;
    *link = node;
  }

  void Remove(Node* node) {
    Node** link = &bucket_.first;
    while (*link != node) link = &((*link)->*kNext);
    *link = node->*kNext;
  }

  // Before the first insertion, with no list locked.
  static void PrepareForFork() {
    [[maybe_unused]] static const bool prepared =
        Platform::RunInForkedChild(ForgetAll);
  }

  // Runs `f` with the list unlocked.
  template <typename F>
  void Unlocked(F&& f) {
    bucket_.lock.unlock();
    std::forward<F>(f)();
    bucket_.lock.lock();
  }

 private:
  friend struct testing::ListBucket<KeyedList>;

  struct alignas(64) Bucket {
    RawLock<Platform> lock;
    Node* first = nullptr;
  };

  static constexpr int kBucketBits = 8;

  // In the child of a fork, whose only thread is in no list.
  static void ForgetAll() {
    for (Bucket& bucket : buckets_) new (&bucket) Bucket();
  }

  static Bucket& BucketOf(const void* key) {
    // Multiplied by a number like a random one, addresses differ at the top.
    constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;
    const uint64_t hash = reinterpret_cast<uintptr_t>(key) * kSpread;
    return buckets_[hash >> (64 - kBucketBits)];
  }

  Node* SkipOthers(Node* node) const {
    while (node != nullptr && node->*kKey != key_) node = node->*kNext;
    return node;
  }

  static inline Bucket buckets_[1 << kBucketBits];

  const void* const key_;
  Bucket& bucket_;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_KEYED_LIST_H_
