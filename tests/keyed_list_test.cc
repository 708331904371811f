#include "locks/core/keyed_list.h"

#include <algorithm>
#include <array>
#include <string>

#include "gtest/gtest.h"
#include "locks/core/platform.h"
#include "tests/lock_word.h"

namespace slicelock {
namespace {

struct Node {
  std::string name;
  const void* key;
  int priority = 0;
  Node* next = nullptr;
};

using List = KeyedList<LinuxPlatform, Node, &Node::key, &Node::next>;
using Bucket = testing::ListBucket<List>;

std::string Names(const List& list) {
  std::string names;
  for (Node* node = list.first(); node != nullptr; node = list.after(node)) {
    names += node->name;
  }
  return names;
}

TEST(KeyedListTest, IsInOrderOfPriorityThenOfInsertion) {
  int key;
  Node nodes[] = {{"c", &key}, {"d", &key}, {"a", &key, 2}, {"b", &key, 1}};
  List list(&key);
  for (Node& node : nodes) list.Insert(&node);
  EXPECT_EQ(Names(list), "abcd");
  list.Remove(&nodes[3]);
  EXPECT_EQ(Names(list), "acd");
  for (const int i : {0, 1, 2}) list.Remove(&nodes[i]);
  EXPECT_EQ(list.first(), nullptr);
}

TEST(KeyedListTest, ListsWhoseKeysCollideDoNotMix) {
  std::array<char, 10'000> keys;
  const void* const key = keys.data();
  const auto other = std::find_if(keys.begin() + 1, keys.end(), [&](char& it) {
    return &Bucket::Of(&it) == &Bucket::Of(key);
  });
  ASSERT_NE(other, keys.end());
  Node nodes[] = {{"a", key}, {"x", &*other}, {"b", key}, {"y", &*other}};
  for (Node& node : nodes) List(node.key).Insert(&node);
  EXPECT_EQ(Names(List(key)), "ab");
  EXPECT_EQ(Names(List(&*other)), "xy");
  Bucket::Clear(key);
}

}  // namespace
}  // namespace slicelock
