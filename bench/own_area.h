// Requests that are really made, also where the kernel does not heed them.

#ifndef SLICELOCK_BENCH_OWN_AREA_H_
#define SLICELOCK_BENCH_OWN_AREA_H_

#include "rseq_abi/c_library.h"
#include "rseq_abi/control_word.h"
#include "rseq_abi/rseq_area.h"

namespace slicelock::bench {

// While it lives, the sections of the calling thread request in an rseq area of
// the length that the extension takes, in place of the C library's. The kernel
// keeps the area up to date, as far as it knows such areas; one without the
// extension reads no request. So what a thread does on its path is what it does
// where the extension is on.
//
// Where the extension is on already, it only has the thread request.
class RequestsInOwnArea {
 public:
  RequestsInOwnArea();
  ~RequestsInOwnArea();
  RequestsInOwnArea(const RequestsInOwnArea&) = delete;
  RequestsInOwnArea& operator=(const RequestsInOwnArea&) = delete;

  const rseq_abi::RseqArea& area() const { return own_.area; }

 private:
  rseq_abi::OwnRseqArea own_;
  rseq_abi::CLibraryArea c_library_;
  bool in_force_ = false;
};

}  // namespace slicelock::bench

#endif  // SLICELOCK_BENCH_OWN_AREA_H_
