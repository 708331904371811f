// That the area, and what stands in for it, say what the scheduler says.

#include "rseq_abi/cpu_ids.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/registered_area.h"
#include "rseq_abi/status.h"

namespace slicelock {
namespace {

using rseq_abi::AreaOwner;
using rseq_abi::FindRegisteredArea;

std::vector<int> AllowedCpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  EXPECT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

void PinTo(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
}

// Expects the calling thread to be told where it is, on each CPU.
void ExpectToBeToldEachCpuAndNode() {
  for (const int cpu : AllowedCpus()) {
    PinTo(cpu);
    unsigned kernels_cpu;
    unsigned kernels_node;
    ASSERT_EQ(syscall(SYS_getcpu, &kernels_cpu, &kernels_node, nullptr), 0);
    EXPECT_EQ(CurrentCpu(), cpu);
    EXPECT_EQ(CurrentCpu(), static_cast<int>(kernels_cpu));
    EXPECT_EQ(CurrentNode(), static_cast<int>(kernels_node));
  }
}

// Whether mm_cid is to be had from an area, if there is one.
bool KernelHasMmCid() { return rseq_abi::AreaFeatureSize() >= 28; }

TEST(CpuIdsTest, AThreadThatHasNotLockedIsToldItsCpuAndNode) {
  std::thread(ExpectToBeToldEachCpuAndNode).join();
}

TEST(CpuIdsTest, AThreadThatIsPreparedIsToldItsCpuAndNode) {
  std::thread([] {
    const Status status = GetStatus();
    SCOPED_TRACE(status.sentence());
    if (status.on()) {
      EXPECT_EQ(FindRegisteredArea().owner,
                status.code() == StatusCode::kOnCLibraryArea
                    ? AreaOwner::kCLibrary
                    : AreaOwner::kSlicelock);
    }
    ExpectToBeToldEachCpuAndNode();
  }).join();
}

TEST(CpuIdsTest, AThreadWithoutAnAreaIsToldItsCpuAndNodeButNoMmCid) {
  bool has_area = false;
  std::thread([&has_area] {
    has_area = FindRegisteredArea().area != nullptr;
    if (has_area) return;
    EXPECT_EQ(CurrentMmCid(), std::nullopt);
    ExpectToBeToldEachCpuAndNode();
  }).join();
  if (has_area) GTEST_SKIP() << "the C library registers an area";
}

TEST(CpuIdsTest, AThreadWithAnAreaHasAnMmCidWhereTheKernelHasIt) {
  std::thread([] {
    GetStatus();
    const bool has_area = FindRegisteredArea().area != nullptr;
    const std::optional<int> id = CurrentMmCid();
    EXPECT_EQ(id.has_value(), has_area && KernelHasMmCid());
    if (id.has_value()) {
      EXPECT_GE(*id, 0);
      EXPECT_LT(*id, sysconf(_SC_NPROCESSORS_CONF));
    }
  }).join();
}

TEST(CpuIdsTest, ErrnoIsLeftAlone) {
  errno = EDOM;
  CurrentCpu();
  CurrentNode();
  CurrentMmCid();
  EXPECT_EQ(errno, EDOM);
}

}  // namespace
}  // namespace slicelock
