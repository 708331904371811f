#ifndef SLICELOCK_LOCKS_OBSERVE_ORDER_GRAPH_H_
#define SLICELOCK_LOCKS_OBSERVE_ORDER_GRAPH_H_

#include <algorithm>
#include <cstdint>

#include "locks/observe/stack_trace.h"

namespace slicelock {

// The order in which locks are acquired: there is an edge from A to B where a
// thread that held A has acquired B. Kept free of cycles.
//
// Invariant: an edge leads from a lower rank to a higher one, but for those
// that are set aside because they would close a cycle. So an edge costs a
// search only if it is against the ranks, and only among the locks in between;
// then those are ranked anew (Pearce and Kelly, "A dynamic topological sort
// algorithm for directed acyclic graphs", 2006).
//
// Never allocates: when it is full, it forgets those locks that it came to know
// first. All zeroes are an empty graph.
template <uint32_t kMaxLocks, uint32_t kMaxEdges>
class OrderGraph {
 public:
  struct Step {
    const void* held;
    const void* acquired;
    const StackTrace* stack;  // When that was first seen.
  };

  constexpr OrderGraph() = default;

  // Whether Add() has been called with these two.
  bool Knows(const void* held, const void* acquired) const {
    const Index from = Find(held);
    const Index to = Find(acquired);
    return from != kNone && to != kNone && FindEdge(from, to) != kNone;
  }

  // Adds an edge between two locks that it does not know yet. If that would
  // close a cycle, returns of how many edges the way back consists, from
  // `acquired` to `held`, calls `step` with each in turn, and sets the edge
  // aside; else returns 0.
  template <typename OnStep>
  int Add(const void* held, const void* acquired, const StackTrace& stack,
          OnStep&& step) {
    const Index from = FindOrAdd(held, kNone);
    const Index to = FindOrAdd(acquired, from);
    const bool closes_cycle =
        nodes_[from].rank > nodes_[to].rank && !RankBefore(from, to);
    const int steps = closes_cycle ? WalkBack(from, to, step) : 0;
    AddEdge(from, to, closes_cycle, stack);
    return steps;
  }

  void Forget(const void* lock) {
    const Index node = Find(lock);
    if (node != kNone) Remove(node);
  }

  void Clear() {
    while (newest_ != kNone) Remove(newest_);
  }

 private:
  using Index = uint32_t;
  static constexpr Index kNone = 0;

  struct Node {
    const void* lock = nullptr;
    uint64_t rank = 0;
    Index in_bucket = kNone;  // The next of the same hash, or not in use.
    Index older = kNone, newer = kNone;
    Index out = kNone, in = kNone;  // Its edges.
    Index reached_by = kNone;       // The edge that the last search came by,
    uint64_t search = 0;            // and which search that was.
  };

  struct Edge {
    Index from = kNone, to = kNone;
    Index in_bucket = kNone;
    Index next_out = kNone, next_in = kNone;
    bool aside = false;
    StackTrace stack;
  };

  static uint32_t Hash(uint64_t key) {
    return static_cast<uint32_t>((key * 0x9e3779b97f4a7c15) >> 32);
  }

  Index& Bucket(const void* lock) {
    return node_buckets_[Hash(reinterpret_cast<uintptr_t>(lock)) % kMaxLocks];
  }

  Index& EdgeBucket(Index from, Index to) {
    return edge_buckets_[Hash(uint64_t{from} << 32 | to) % kMaxEdges];
  }

  Index Find(const void* lock) const {
    Index node = const_cast<OrderGraph*>(this)->Bucket(lock);
    while (node != kNone && nodes_[node].lock != lock) {
      node = nodes_[node].in_bucket;
    }
    return node;
  }

  Index FindEdge(Index from, Index to) const {
    Index edge = const_cast<OrderGraph*>(this)->EdgeBucket(from, to);
    while (edge != kNone &&
           (edges_[edge].from != from || edges_[edge].to != to)) {
      edge = edges_[edge].in_bucket;
    }
    return edge;
  }

  // Does not forget `kept` for it.
  Index FindOrAdd(const void* lock, Index kept) {
    const Index found = Find(lock);
    if (found != kNone) return found;

    Index node = unused_node_;
    if (node != kNone) {
      unused_node_ = nodes_[node].in_bucket;
    } else if (nodes_touched_ < kMaxLocks) {
      node = ++nodes_touched_;
    } else {
      Remove(oldest_ != kept ? oldest_ : nodes_[oldest_].newer);
      node = unused_node_;
      unused_node_ = nodes_[node].in_bucket;
    }
    nodes_[node] = Node();
    nodes_[node].lock = lock;
    nodes_[node].rank = ++highest_rank_;
    nodes_[node].older = newest_;
    (newest_ != kNone ? nodes_[newest_].newer : oldest_) = node;
    newest_ = node;
    nodes_[node].in_bucket = Bucket(lock);
    Bucket(lock) = node;
    return node;
  }

  void AddEdge(Index from, Index to, bool aside, const StackTrace& stack) {
    // There are no more than two edges between the two that have to stay.
    for (Index node = oldest_;
         unused_edge_ == kNone && edges_touched_ == kMaxEdges;) {
      const Index next = nodes_[node].newer;
      if (node != from && node != to) Remove(node);
      node = next;
    }
    Index edge = unused_edge_;
    if (edge != kNone) {
      unused_edge_ = edges_[edge].in_bucket;
    } else {
      edge = ++edges_touched_;
    }
    edges_[edge] = {
        from,  to,   EdgeBucket(from, to), nodes_[from].out, nodes_[to].in,
        aside, stack};
    EdgeBucket(from, to) = edge;
    nodes_[from].out = edge;
    nodes_[to].in = edge;
  }

  void Remove(Index node) {
    Node& removed = nodes_[node];
    while (removed.out != kNone) RemoveEdge(removed.out);
    while (removed.in != kNone) RemoveEdge(removed.in);
    Unlink(Bucket(removed.lock), node, &Node::in_bucket, nodes_);
    (removed.older != kNone ? nodes_[removed.older].newer : oldest_) =
        removed.newer;
    (removed.newer != kNone ? nodes_[removed.newer].older : newest_) =
        removed.older;
    removed.in_bucket = unused_node_;
    unused_node_ = node;
  }

  void RemoveEdge(Index edge) {
    Edge& removed = edges_[edge];
    Unlink(nodes_[removed.from].out, edge, &Edge::next_out, edges_);
    Unlink(nodes_[removed.to].in, edge, &Edge::next_in, edges_);
    Unlink(EdgeBucket(removed.from, removed.to), edge, &Edge::in_bucket,
           edges_);
    removed.in_bucket = unused_edge_;
    unused_edge_ = edge;
  }

  // Takes `element` out of the list that starts at `link` and goes on by
  // `next`.
  template <typename Element>
  static void Unlink(Index& link, Index element, Index Element::*next,
                     Element* elements) {
    Index* at = &link;
    while (*at != element) at = &(elements[*at].*next);
    *at = elements[element].*next;
  }

  // Ranks `from` before `to`, and returns true; or returns false if there is a
  // way from `to` to `from`, which each `reached_by` on it then tells.
  bool RankBefore(Index from, Index to) {
    const uint64_t low = nodes_[to].rank;
    const uint64_t high = nodes_[from].rank;
    const uint32_t behind =
        Search(to, 0, &Node::out, &Edge::next_out, &Edge::to, low, high);
    if (nodes_[from].search == last_search_) return false;
    const uint32_t all =
        Search(from, behind, &Node::in, &Edge::next_in, &Edge::from, low, high);

    for (uint32_t i = 0; i < all; ++i) ranks_[i] = nodes_[found_[i]].rank;
    std::sort(ranks_, ranks_ + all);
    const auto by_rank = [this](Index left, Index right) {
      return nodes_[left].rank < nodes_[right].rank;
    };
    std::sort(found_, found_ + behind, by_rank);
    std::sort(found_ + behind, found_ + all, by_rank);
    std::rotate(found_, found_ + behind, found_ + all);
    for (uint32_t i = 0; i < all; ++i) nodes_[found_[i]].rank = ranks_[i];
    return true;
  }

  // Finds what can be reached from `start` at ranks from `low` to `high`, by
  // the shortest ways, into found_ from `begin` on. Returns where it ends.
  uint32_t Search(Index start, uint32_t begin, Index Node::*first,
                  Index Edge::*next, Index Edge::*target, uint64_t low,
                  uint64_t high) {
    ++last_search_;
    uint32_t end = begin;
    const auto reach = [&](Index node, Index by) {
      nodes_[node].search = last_search_;
      nodes_[node].reached_by = by;
      found_[end++] = node;
    };
    reach(start, kNone);
    for (uint32_t i = begin; i < end; ++i) {
      for (Index edge = nodes_[found_[i]].*first; edge != kNone;
           edge = edges_[edge].*next) {
        const Node& node = nodes_[edges_[edge].*target];
        if (!edges_[edge].aside && node.search != last_search_ &&
            low <= node.rank && node.rank <= high) {
          reach(edges_[edge].*target, edge);
        }
      }
    }
    return end;
  }

  // After a search from `to` that has come to `from`.
  template <typename OnStep>
  int WalkBack(Index from, Index to, OnStep&& step) {
    int steps = 0;
    for (Index node = from; node != to; ++steps) {
      found_[steps] = nodes_[node].reached_by;
      node = edges_[found_[steps]].from;
    }
    for (int i = steps - 1; i >= 0; --i) {
      const Edge& edge = edges_[found_[i]];
      step(Step{nodes_[edge.from].lock, nodes_[edge.to].lock, &edge.stack});
    }
    return steps;
  }

  Node nodes_[kMaxLocks + 1];
  Edge edges_[kMaxEdges + 1];
  Index node_buckets_[kMaxLocks] = {};
  Index edge_buckets_[kMaxEdges] = {};
  Index oldest_ = kNone, newest_ = kNone;
  // Both have been in use up to here; of those, these are no more.
  uint32_t nodes_touched_ = 0, edges_touched_ = 0;
  Index unused_node_ = kNone, unused_edge_ = kNone;
  uint64_t highest_rank_ = 0;
  uint64_t last_search_ = 0;
  Index found_[kMaxLocks] = {};
  uint64_t ranks_[kMaxLocks] = {};
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_ORDER_GRAPH_H_
