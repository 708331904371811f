#ifndef SLICELOCK_LOCKS_OBSERVE_OUTSIDE_SECTIONS_H_
#define SLICELOCK_LOCKS_OBSERVE_OUTSIDE_SECTIONS_H_

#include <cstdint>

#include "locks/slice_section.h"
#include "rseq_abi/thread.h"

namespace slicelock {

// For as long as it lives, the thread's sections are out of force: for what
// takes system calls or long, such as writing a report.
class OutsideSections {
 public:
  OutsideSections() {
    if (rseq_abi::RunningKernel::CurrentThread().sections.depth() > 0) {
      depth_ = SliceSection::LeaveAll();
    }
  }
  ~OutsideSections() { SliceSection::EnterAgain(depth_); }
  OutsideSections(const OutsideSections&) = delete;
  OutsideSections& operator=(const OutsideSections&) = delete;

 private:
  int32_t depth_ = 0;
};

}  // namespace slicelock

#endif  // SLICELOCK_LOCKS_OBSERVE_OUTSIDE_SECTIONS_H_
