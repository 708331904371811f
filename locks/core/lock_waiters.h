// The waiters of a lock: those for a condition of it, and those on a condition
// variable, that come back to it.

#ifndef SLICELOCK_LOCKS_CORE_LOCK_WAITERS_H_
#define SLICELOCK_LOCKS_CORE_LOCK_WAITERS_H_

#include <atomic>
#include <cstdint>

#include "absl/base/attributes.h"
#include "locks/condition.h"
#include "locks/core/keyed_list.h"
#include "locks/core/waiter.h"

namespace slicelock {

// A lock with waiters has the attention of those who release it. The bit is set
// by a holder, as it goes to wait, and cleared by an exclusive one that finds
// nobody in the list. So an exclusive holder knows whether there is anybody; if
// so, it frees the gate with the list locked. And who finds the gate held, with
// the list locked, can leave a waiter to the holder.
//
// Nobody is woken for nothing, nor two where one can go on:
//
//   - A waiter is woken when its condition holds: those that share one after
//     the other, each by the one before; of the others one at a time, since
//     that one will hold the lock exclusively, and release it.
//   - A waiter whose condition variable has been signalled waits on as one
//     whose condition holds.
//
// (Who holds the gate only to share the lock, or in vain, has not seen the bit
// for sure, and looks for signalled waiters once more after it.)
//
// Conditions are evaluated with the lock held exclusively, so that no waiter
// can leave the list, and with the list unlocked.
template <typename Platform>
class LockWaiters {
 public:
  using TheWaiter = Waiter<Platform>;
  using Gate = typename TheWaiter::Gate;

  explicit LockWaiters(Gate* gate) : gate_(*gate) {}
  // Of the lock that `waiter` waits for.
  static LockWaiters Of(const TheWaiter* waiter) {
    return LockWaiters(
        const_cast<Gate*>(static_cast<const Gate*>(waiter->gate)));
  }

  // As a holder of the lock: goes to wait, when it is released.
  ABSL_ATTRIBUTE_COLD void Add(TheWaiter* waiter) {
    List::PrepareForFork();
    waiter->gate = &gate_;
    List list(&gate_);
    NoteVerdict(waiter);
    list.Insert(waiter);
    gate_.SetAttention();
  }

  // As a holder of the lock again: goes on waiting...
  ABSL_ATTRIBUTE_COLD void AddAgain(TheWaiter* waiter) {
    const void* next;
    {
      List list(&gate_);
      NoteVerdict(waiter);
      SetState(waiter, TheWaiter::kWaiting);
      next = TakeChosen(list);
    }
    Wake(next);
  }

  // ...or waits no longer.
  ABSL_ATTRIBUTE_COLD void Remove(TheWaiter* waiter) {
    const void* next;
    {
      List list(&gate_);
      list.Remove(waiter);
      next = TakeChosen(list);
    }
    Wake(next);
  }

  // As the exclusive holder: evaluates the conditions. There is nothing left of
  // that for ReleaseAndWake(), if it comes next.
  ABSL_ATTRIBUTE_COLD void EvaluateAhead() noexcept {
    List list(&gate_);
    Evaluate(list);
  }

  // As the exclusive holder: releases the lock, and leaves its section.
  ABSL_ATTRIBUTE_NOINLINE ABSL_ATTRIBUTE_COLD void ReleaseAndWake() noexcept {
    const void* woken;
    uint32_t room;
    {
      List list(&gate_);
      if (list.first() == nullptr) gate_.ClearAttention();
      Evaluate(list);
      woken = Choose(list);
      room = gate_.Release();
    }
    if (woken == nullptr && room == 0) return Section::Leave();
    Section::LeaveThrough([this, woken, room] {
      if (woken != nullptr) TheWaiter::Wake(woken);
      if (room != 0) gate_.Wake(room);
    });
  }

  // The condition variables of the waiters that `next` returns, until it
  // returns null, have been signalled. One to be woken by Wake() is what is
  // returned. (Where the list is unlocked, they may go, and the lock with
  // them.)
  template <typename Next>
  ABSL_ATTRIBUTE_COLD const void* Signal(Next&& next) {
    List list(&gate_);
    for (TheWaiter* waiter; (waiter = next()) != nullptr;) {
      SetState(waiter, TheWaiter::kWaiting);
    }
    return gate_.held(std::memory_order_seq_cst) ? nullptr : Choose(list);
  }

  // The same for those that were signalled while the gate was held.
  ABSL_ATTRIBUTE_COLD const void* ChooseSignalled() {
    return Signal([] { return nullptr; });
  }

  // In or outside of sections; null wakes nobody.
  static void Wake(const void* state) {
    if (state == nullptr) return;
    Section::Enter();
    Section::LeaveThrough([state] { TheWaiter::Wake(state); });
  }

 private:
  using Section = typename Platform::Section;
  using List = KeyedList<Platform, TheWaiter, &TheWaiter::gate,
                         &TheWaiter::next_of_gate>;
  using Verdict = typename TheWaiter::Verdict;

  static uint32_t StateOf(const TheWaiter* waiter) {
    return waiter->state.load(std::memory_order_relaxed);
  }
  static void SetState(TheWaiter* waiter, typename TheWaiter::State state) {
    waiter->state.store(state, std::memory_order_relaxed);
  }

  // Its condition has just been found not to hold. (Who shares the lock does
  // not evaluate as it releases it, so it will be another that does.)
  static void NoteVerdict(TheWaiter* waiter) {
    waiter->verdict =
        waiter->hold == Hold::kExclusive ? Verdict::kFalse : Verdict::kNone;
  }

  // Whether one that will hold the lock exclusively is on its way.
  static bool ExclusiveUnderWay(const List& list) {
    for (TheWaiter* w = list.first(); w != nullptr; w = list.after(w)) {
      if (w->hold == Hold::kExclusive && StateOf(w) >= TheWaiter::kChosen) {
        return true;
      }
    }
    return false;
  }

  // Gives all a verdict for whom there is one to choose. Goes round until there
  // is nothing to evaluate: signals may have come meanwhile.
  static void Evaluate(List& list) {
    bool evaluated;
    do {
      evaluated = false;
      bool exclusive = ExclusiveUnderWay(list);
      for (TheWaiter* w = list.first(); w != nullptr; w = list.after(w)) {
        if (StateOf(w) != TheWaiter::kWaiting) continue;
        if (w->hold == Hold::kExclusive && exclusive) continue;
        if (w->condition != nullptr && w->verdict == Verdict::kNone) {
          bool holds;
          list.Unlocked([&] { holds = w->condition->Eval(); });
          w->verdict = holds ? Verdict::kTrue : Verdict::kFalse;
          evaluated = true;
        }
        if (w->hold == Hold::kExclusive && Ready(w)) exclusive = true;
      }
    } while (evaluated);
  }

  static bool Ready(const TheWaiter* waiter) {
    return waiter->condition == nullptr || waiter->verdict == Verdict::kTrue;
  }

  // Of those that are ready. Returns whom to wake, who wakes the others.
  static const void* Choose(List& list) {
    const void* woken = nullptr;
    bool exclusive = ExclusiveUnderWay(list);
    for (TheWaiter* w = list.first(); w != nullptr; w = list.after(w)) {
      const bool ready = Ready(w);
      w->verdict = Verdict::kNone;
      if (StateOf(w) != TheWaiter::kWaiting || !ready) continue;
      if (w->hold == Hold::kExclusive) {
        if (exclusive) continue;
        exclusive = true;
      }
      SetState(w, woken == nullptr ? TheWaiter::kWoken : TheWaiter::kChosen);
      if (woken == nullptr) woken = &w->state;
    }
    return woken;
  }

  // By one that was woken: the next of those chosen with it.
  static const void* TakeChosen(List& list) {
    for (TheWaiter* w = list.first(); w != nullptr; w = list.after(w)) {
      if (StateOf(w) != TheWaiter::kChosen) continue;
      SetState(w, TheWaiter::kWoken);
      return &w->state;
    }
    return nullptr;
  }

  Gate& gate_;
};

// As a holder of `lock`: waits until `condition` holds, or until `deadline`, in
// each case to hold the lock again. Returns whether the condition holds.
template <typename Platform, typename Lock>
bool AwaitUntil(Lock& lock, const Condition& condition, Hold hold,
                int64_t deadline) noexcept {
  if (condition.Eval()) return true;
  Waiter<Platform> waiter(&condition, hold, Waiter<Platform>::kWaiting);
  lock.waiters().Add(&waiter);
  for (;;) {
    lock.Release(hold);
    const bool woken = waiter.Sleep(deadline);
    lock.Acquire(hold);
    const bool holds = condition.Eval();
    if (holds || !woken) {
      lock.waiters().Remove(&waiter);
      return holds;
    }
    lock.waiters().AddAgain(&waiter);
  }
}

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_LOCK_WAITERS_H_
