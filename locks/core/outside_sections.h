// A stretch of code for which the sections that the thread is in are out of
// force.

#ifndef SLICELOCK_LOCKS_CORE_OUTSIDE_SECTIONS_H_
#define SLICELOCK_LOCKS_CORE_OUTSIDE_SECTIONS_H_

#include <cstdint>

namespace slicelock {

// For as long as it lives. For what makes system calls, which end a grant, or
// takes long, though the thread may hold locks.
template <typename Section>
class OutsideSections {
 public:
  OutsideSections() {
    Section::Enter();  // So that there is one to leave.
    outer_ = Section::LeaveAll() - 1;
  }
  ~OutsideSections() { Section::EnterAgain(outer_); }
  OutsideSections(const OutsideSections&) = delete;
  OutsideSections& operator=(const OutsideSections&) = delete;

 private:
  int32_t outer_;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_CORE_OUTSIDE_SECTIONS_H_
