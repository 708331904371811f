// Faults for the sources of the locks, each a text to be replaced by another.

#ifndef SLICELOCK_TESTS_MUTATIONS_MUTATIONS_H_
#define SLICELOCK_TESTS_MUTATIONS_MUTATIONS_H_

namespace slicelock::mutations {

struct Mutation {
  const char* file;
  // It is there once.
  const char* text;
  const char* replacement;
};

inline constexpr char kRawLock[] = "locks/core/raw_lock.h";
inline constexpr char kRawSharedLock[] = "locks/core/raw_shared_lock.h";
inline constexpr char kLockWaiters[] = "locks/core/lock_waiters.h";
inline constexpr char kRawCondVar[] = "locks/core/raw_cond_var.h";
inline constexpr char kWaiter[] = "locks/core/waiter.h";
inline constexpr char kSliceSection[] = "locks/slice_section.h";

inline constexpr Mutation kMutations[] = {
    {kRawLock, "owner_.exchange(kHeld, kAcquire)",
     "owner_.exchange(kHeld, std::memory_order_relaxed)"},
    {kRawLock, "from, kHeld, kAcquire,",
     "from, kHeld, std::memory_order_relaxed,"},
    {kRawLock, "    owner_.store(kFree, std::memory_order_release);",
     "    owner_.store(kFree, std::memory_order_relaxed);"},
    {kRawLock,
     "owner_.store(watch == kClaiming ? kReserved : kFree, kRelease);",
     "owner_.store(watch == kClaiming ? kReserved : kFree, "
     "std::memory_order_relaxed);"},
    {kRawLock,
     "owner_.store(watch == kClaiming ? kReserved : kFree, kRelease);",
     "owner_.store(kFree, kRelease);"},
    {kRawLock, R"(        watch = kAppointed;
        room = kSleepers;)",
     "        watch = kAppointed;"},
    {kRawLock, R"(        watch = kAppointed;
        room = kSleepers;)",
     R"(        watch = kNobody;
        room = kSleepers;)"},
    {kRawLock, R"(        watch = kWatching;
        room = kWatchman;)",
     R"(        watch = kWatching;
        room = kSleepers;)"},
    {kRawLock, R"(        watch = kWatching;
        room = kWatchman;)",
     R"(        watch = kNapping;
        room = kWatchman;)"},
    {kRawLock, R"(        watch = kClaiming;
        room = kWatchman;)",
     R"(        watch = kWatching;
        room = kWatchman;)"},
    {kRawLock, "void Wake(uint32_t room) { Platform::WakeOne(this, room); }",
     "void Wake(uint32_t) {}"},
    {kRawLock, R"(      if (watch() == kNobody) return;
      Section::Enter();
      UnlockContended();)",
     "      return;"},
    {kRawLock, "const int32_t outer = Section::LeaveAll() - 1;",
     "const int32_t outer = Section::LeaveAll();"},
    {kRawLock,
     "(owner == kFree || (owner == kReserved && watch() == kNobody)) &&",
     "owner != kHeld &&"},
    {kRawLock, R"(With(kWatching, waiters),
                                             std::memory_order_relaxed) &&)",
     R"(With(kNobody, waiters),
                                             std::memory_order_relaxed) &&)"},
    {kRawLock, "static_cast<uint16_t>(waiters + kOneSleeper)",
     "static_cast<uint16_t>(waiters + 1)"},
    {kRawLock, "if (owner == kFree) break;", ""},
    {kRawLock, "static_cast<uint16_t>(waiters - kOneSleeper)", "waiters"},
    {kRawLock, "(wakeup != Wakeup::kEarly || last)",
     "wakeup != Wakeup::kEarly"},
    {kRawLock, R"(    if (appointed || forgotten) {
        without_us = With(kWatching, without_us);
      } else if)",
     "    if"},
    {kRawLock, R"(without_us = With(kNobody, without_us);
      })",
     "}"},
    {kRawLock, "asleep = kAwaiting;  // The holder keeps it for long.", ""},
    {kRawLock, "if (watch == kVacant || watch == kAppointed) return kNobody;",
     ""},
    {kRawLock, "const uint16_t waiters = SetWatch(asleep);",
     R"(SetWatch(asleep);
      const uint16_t waiters = waiters_.load(std::memory_order_relaxed);)"},
    {kRawLock, "With(sleepers ? kVacant : kNobody, waiters)",
     "With(kNobody, waiters)"},
    {kRawLock, "With(sleepers ? kVacant : kNobody, waiters)",
     "With(kVacant, waiters)"},
    {kRawLock, "With(sleepers ? kAppointed : kNobody, waiters)",
     "With(kNobody, waiters)"},
    {kRawLock, "if (sleepers) Wake(kSleepers);", ""},
    {kRawLock, R"(if (ABSL_PREDICT_TRUE(TryAcquire(from))) return true;
    Section::Leave();)",
     "if (ABSL_PREDICT_TRUE(TryAcquire(from))) return true;"},
    {kRawLock, R"(    EndWatch();
    return true;)",
     "    return true;"},
    {kRawSharedLock,
     "readers_.fetch_add(kOneReader, std::memory_order_seq_cst);",
     "readers_.fetch_add(kOneReader, std::memory_order_relaxed);"},
    {kRawSharedLock,
     "if (ABSL_PREDICT_TRUE(gate_.free(std::memory_order_seq_cst))) return "
     "true;",
     "return true;"},
    {kRawSharedLock,
     "readers_.fetch_sub(kOneReader, std::memory_order_release)",
     "readers_.fetch_sub(kOneReader, std::memory_order_relaxed)"},
    {kRawSharedLock, "(kOneReader | kDraining | kSleeping)",
     "(kOneReader | kDraining)"},
    {kRawSharedLock,
     "void WakeDrain() { Platform::WakeOne(&readers_, kRoom); }",
     "void WakeDrain() {}"},
    {kRawSharedLock,
     "readers_.fetch_and(~(kDraining | kSleeping), std::memory_order_acquire);",
     "readers_.fetch_and(~(kDraining | kSleeping), "
     "std::memory_order_relaxed);"},
    {kRawSharedLock,
     "readers_.fetch_and(~(kDraining | kSleeping), std::memory_order_acquire);",
     "readers_.fetch_and(~kDraining, std::memory_order_acquire);"},
    {kRawSharedLock, "readers_.fetch_or(kDraining, std::memory_order_relaxed);",
     ""},
    {kRawSharedLock,
     R"(    readers_.fetch_add(kOneReader, std::memory_order_relaxed);
    LetGo();)",
     "    LetGo();"},
    {kRawSharedLock, "if (!drained) LetGo();", ""},
    {kRawSharedLock, R"(if (ABSL_PREDICT_TRUE(!shared())) return true;
    LetGo();)",
     R"(return true;
    LetGo();)"},
    {kRawSharedLock, "    Section::EnterAgain(outer + 1);",
     "    Section::EnterAgain(outer);"},
    {kLockWaiters, "if (list.first() == nullptr) gate_.ClearAttention();", ""},
    {kLockWaiters, "    gate_.SetAttention();", ""},
    {kLockWaiters, "      if (woken != nullptr) TheWaiter::Wake(woken);", ""},
    {kLockWaiters, "      if (room != 0) gate_.Wake(room);", ""},
    {kLockWaiters, R"(      SetState(waiter, TheWaiter::kWaiting);
      next)",
     "      next"},
    {kLockWaiters, "woken == nullptr ? TheWaiter::kWoken : TheWaiter::kChosen",
     "TheWaiter::kWoken"},
    {kRawCondVar, "Count(+1);", ""},
    {kRawCondVar, "SignalFirst(1);", ""},
    {kRawCondVar, "          waiter->variable = nullptr;", ""},
    {kRawCondVar, "      LockWaiters<Platform>::Wake(woken);", ""},
    {kWaiter, "if (before == kWoken) return true;", ""},
    {kSliceSection, R"(      return LeaveNested();
    }
    Withdraw(thread);)",
     R"(      return LeaveNested();
    })"},
    {kSliceSection, R"(    thread.control->Request();
    KeepOrder();)",
     ""},
    {kSliceSection,
     "if (ABSL_PREDICT_FALSE(thread.control->granted())) Yield(thread);", ""},
};

}  // namespace slicelock::mutations

#endif  // SLICELOCK_TESTS_MUTATIONS_MUTATIONS_H_
