#include "bench/own_area.h"

#include "rseq_abi/c_library.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"

namespace slicelock::bench {

using rseq_abi::current_thread;

RequestsInOwnArea::RequestsInOwnArea() {
  if (!GetStatus().on()) {
    c_library_ = rseq_abi::FindCLibraryArea();
    if (c_library_.area != nullptr) {
      rseq_abi::UnregisterArea(c_library_.area, c_library_.length);
    }
    rseq_abi::RegisterArea(&own_.area, sizeof(own_));
    current_thread.heeded = &own_.area.slice_ctrl;
    in_force_ = true;
  }
  SetThreadRequests(true);
}

RequestsInOwnArea::~RequestsInOwnArea() {
  if (!in_force_) return;
  current_thread.CollectRequests();
  current_thread.heeded = nullptr;
  SetThreadRequests(true);
  rseq_abi::UnregisterArea(&own_.area, sizeof(own_));
  if (c_library_.area != nullptr) {
    rseq_abi::RegisterArea(c_library_.area, c_library_.length);
  }
}

}  // namespace slicelock::bench
