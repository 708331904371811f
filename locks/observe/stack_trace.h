#ifndef SLICELOCK_LOCKS_OBSERVE_STACK_TRACE_H_
#define SLICELOCK_LOCKS_OBSERVE_STACK_TRACE_H_

namespace slicelock {

// Who has called whom. For debug builds: elsewhere it is empty, as code without
// frame pointers leaves little of it. Allocates nothing.
class StackTrace {
 public:
  constexpr StackTrace() = default;

  // Of the caller.
  static StackTrace Here();

  // To standard error, a function a line.
  void Print() const;

 private:
  static constexpr int kMaxFrames = 20;

  int depth_ = 0;
  void* frames_[kMaxFrames] = {};  // The addresses calls return to.
};

// What Print() finds the name of a function with: writes it to `out`, ended by
// a zero, and returns whether it could. In debug builds, where there are traces
// at all, absl::Symbolize() by default, and where `symbolizer` is null.
void RegisterSymbolizer(bool (*symbolizer)(const void* pc, char* out,
                                           int out_size));

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_STACK_TRACE_H_
