#include "bench/own_area.h"

#include <thread>

#include "gtest/gtest.h"
#include "locks/slice_section.h"
#include "rseq_abi/c_library.h"
#include "rseq_abi/status.h"
#include "rseq_abi/thread.h"

namespace slicelock::bench {
namespace {

TEST(RequestsInOwnAreaTest, AreMadeWhereTheKernelWouldHeedThem) {
  if (GetStatus().on()) GTEST_SKIP() << "the extension is on";
  std::thread([] {
    const RequestsInOwnArea requests;
    EXPECT_FALSE(requests.area().slice_ctrl.requested());
    {
      const SliceSection section;
      EXPECT_TRUE(requests.area().slice_ctrl.requested());
    }
    EXPECT_FALSE(requests.area().slice_ctrl.requested());
    SetThreadRequests(false);
    const SliceSection section;
    EXPECT_FALSE(requests.area().slice_ctrl.requested());
  }).join();
}

TEST(RequestsInOwnAreaTest, LeaveTheThreadAsItWas) {
  std::thread([] {
    const rseq_abi::CLibraryArea before = rseq_abi::FindCLibraryArea();
    { const RequestsInOwnArea requests; }
    const rseq_abi::CLibraryArea after = rseq_abi::FindCLibraryArea();
    EXPECT_EQ(after.area, before.area);
    EXPECT_EQ(after.length, before.length);
    const SliceSection section;
  }).join();
}

}  // namespace
}  // namespace slicelock::bench
