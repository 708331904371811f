#include "locks/observe/lock_records.h"

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace slicelock {
namespace {

TEST(LockRecordsTest, ALockHasNoneUntilItIsMade) {
  const char lock = 0;
  EXPECT_EQ(FindLockRecord(&lock), nullptr);
  LockRecord* const made = MakeLockRecord(&lock, "queue", /*anew=*/true);
  EXPECT_EQ(FindLockRecord(&lock), made);
  EXPECT_STREQ(made->name, "queue");
}

TEST(LockRecordsTest, TheFirstNameStays) {
  const char lock = 0;
  MakeLockRecord(&lock, "first", /*anew=*/true);
  EXPECT_STREQ(MakeLockRecord(&lock, "second", false)->name, "first");
}

TEST(LockRecordsTest, NoNameStaysToo) {
  const char lock = 0;
  MakeLockRecord(&lock, nullptr, /*anew=*/true);
  EXPECT_STREQ(MakeLockRecord(&lock, "late", false)->name, "");
}

TEST(LockRecordsTest, ANewLockAtTheSameAddressHasItsOwn) {
  const char lock = 0;
  LockRecord* const old = MakeLockRecord(&lock, "old", /*anew=*/true);
  old->logged = true;
  LockRecord* const made = MakeLockRecord(&lock, "new", /*anew=*/true);
  EXPECT_STREQ(made->name, "new");
  EXPECT_FALSE(made->logged);
}

TEST(LockRecordsTest, OneThatIsForgottenMakesRoomForAnother) {
  const char lock = 0;
  LockRecord* const first = MakeLockRecord(&lock, "first", /*anew=*/true);
  for (int i = 0; i < 1000; ++i) {
    ForgetLockRecord(&lock);
    EXPECT_EQ(FindLockRecord(&lock), nullptr);
    ASSERT_EQ(MakeLockRecord(&lock, "next", /*anew=*/true), first);
  }
}

TEST(LockRecordsTest, LongNamesAreCutOff) {
  const char lock = 0;
  const std::string name(1000, 'x');
  EXPECT_EQ(MakeLockRecord(&lock, name.c_str(), /*anew=*/true)->name,
            name.substr(0, LockRecord::kNameSize - 1));
}

TEST(LockRecordsTest, OfAHundredThousandLocksTenThousandHaveOneAndTheLastDoes) {
  const std::vector<char> locks(100000);
  for (const char& lock : locks) {
    LockRecord* const made = MakeLockRecord(&lock, "many", /*anew=*/true);
    ASSERT_NE(made, nullptr);
    ASSERT_EQ(FindLockRecord(&lock), made);
  }
  int with_record = 0;
  for (const char& lock : locks) {
    if (FindLockRecord(&lock) != nullptr) ++with_record;
    ForgetLockRecord(&lock);
  }
  EXPECT_GE(with_record, 10000);
  EXPECT_LE(with_record, 20000);
}

TEST(LockRecordsTest, OneThatIsTakenOverHasNothingOfTheLockBefore) {
  const std::vector<char> locks(100000);
  LockRecordAddition addition;
  addition.log = true;
  addition.invariant = [](void*) {};
  for (const char& lock : locks) {
    MakeLockRecord(&lock, "before", /*anew=*/true, addition);
  }
  const char lock = 0;
  const LockRecord* const made = MakeLockRecord(&lock, "now", /*anew=*/true);
  EXPECT_STREQ(made->name, "now");
  EXPECT_FALSE(made->logged);
  EXPECT_EQ(made->invariant, nullptr);
  for (const char& one : locks) ForgetLockRecord(&one);
}

TEST(LockRecordsTest, ThreadsFindTheSame) {
  constexpr int kLocks = 1000;
  const std::vector<char> locks(kLocks);
  const auto make_all = [&locks](std::vector<LockRecord*>& made) {
    for (const char& lock : locks) {
      made.push_back(MakeLockRecord(&lock, "", /*anew=*/false));
    }
  };
  std::vector<LockRecord*> here, there;
  std::thread other([&] { make_all(there); });
  make_all(here);
  other.join();
  EXPECT_EQ(here, there);
}

}  // namespace
}  // namespace slicelock
