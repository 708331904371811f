// What a thread waits for: a predicate on what a mutex guards.
//
//   bool HasWork(Queue* queue) { return !queue->empty(); }
//
//   slicelock::Mutex mutex;
//   Queue queue ABSL_GUARDED_BY(mutex);
//
//   mutex.LockWhen(slicelock::Condition(HasWork, &queue));
//   Work work = queue.pop();
//   mutex.Unlock();
//
// Other threads evaluate it, too, as they release the mutex after having held
// it exclusively: before they do, so it may read what the mutex guards. It must
// not change anything, nor block, nor keep locks that it acquires (debug builds
// abort if it does); and it must depend only on what the mutex guards, or a
// change of something else goes unnoticed.
//
// A Condition refers to what it was made from, which must outlive it.

#ifndef SLICELOCK_LOCKS_CONDITION_H_
#define SLICELOCK_LOCKS_CONDITION_H_

#include <cstring>
#include <type_traits>

#include "locks/observe/lock_checks.h"

namespace slicelock {

class Condition {
 public:
  // `function(argument)`.
  Condition(bool (*function)(void*), void* argument) : argument_(argument) {
    Store(function, CallFunction<void>);
  }
  template <typename T>
  Condition(bool (*function)(T*), T* argument) : argument_(ToVoid(argument)) {
    Store(function, CallFunction<T>);
  }
  // The same for arguments that convert to what the function takes, as nullptr
  // does, or a pointer to a derived class.
  template <typename T, typename = void>
  Condition(bool (*function)(T*),
            typename std::enable_if<true, T>::type* argument)
      : Condition(function, argument) {}

  // `(object->*method)()`.
  template <typename T>
  Condition(T* object, bool (std::enable_if<true, T>::type::*method)())
      : argument_(ToVoid(object)) {
    Store(method, CallMethod<T, decltype(method)>);
  }
  template <typename T>
  Condition(const T* object,
            bool (std::enable_if<true, T>::type::*method)() const)
      : argument_(ToVoid(object)) {
    Store(method, CallMethod<const T, decltype(method)>);
  }

  // `*flag`.
  explicit Condition(const bool* flag) : argument_(ToVoid(flag)) {
    call_ = [](const Condition& self) {
      return *static_cast<const bool*>(self.argument_);
    };
  }

  // `(*functor)()`, as of a lambda with a name. (However its call operator is
  // declared: as a template, or with an explicit object parameter.)
  template <typename T, typename = std::enable_if_t<std::is_same_v<
                            std::invoke_result_t<const T&>, bool>>>
  explicit Condition(const T* functor) : argument_(ToVoid(functor)) {
    call_ = [](const Condition& self) {
      return (*static_cast<const T*>(self.argument_))();
    };
  }

  // Always true.
  static const Condition kTrue;

  // Whether it holds now.
  bool Eval() const {
    [[maybe_unused]] const lock_checks::Evaluation evaluation;
    return call_ == nullptr || call_(*this);
  }

  // Whether both are made of the same, so that one holds if the other does.
  // False does not mean that they differ. Null stands for kTrue.
  static bool GuaranteedEqual(const Condition* a, const Condition* b) {
    static constexpr Condition kHolds;
    if (a == nullptr) a = &kHolds;
    if (b == nullptr) b = &kHolds;
    return a->call_ == b->call_ && a->argument_ == b->argument_ &&
           memcmp(a->callee_, b->callee_, sizeof(a->callee_)) == 0;
  }

 private:
  constexpr Condition() = default;

  template <typename T>
  static void* ToVoid(T* pointer) {
    return const_cast<void*>(static_cast<const volatile void*>(pointer));
  }

  template <typename Callee>
  void Store(Callee callee, bool (*call)(const Condition&)) {
    static_assert(sizeof(callee) <= sizeof(callee_),
                  "a pointer to a member of a class of unusual inheritance");
    memcpy(callee_, &callee, sizeof(callee));
    call_ = call;
  }
  template <typename Callee>
  Callee Load() const {
    Callee callee;
    memcpy(&callee, callee_, sizeof(callee));
    return callee;
  }

  template <typename T>
  static bool CallFunction(const Condition& self) {
    return self.Load<bool (*)(T*)>()(static_cast<T*>(self.argument_));
  }
  template <typename T, typename Method>
  static bool CallMethod(const Condition& self) {
    return (static_cast<T*>(self.argument_)->*self.Load<Method>())();
  }

  // Null: always true.
  bool (*call_)(const Condition& self) = nullptr;
  void* argument_ = nullptr;
  // A pointer to a function or to a member function.
  char callee_[sizeof(void*) * 2] = {};
};

inline constexpr Condition Condition::kTrue{};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CONDITION_H_
