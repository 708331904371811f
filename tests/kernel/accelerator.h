// What QEMU runs a guest's instructions with.

#ifndef TESTS_KERNEL_ACCELERATOR_H_
#define TESTS_KERNEL_ACCELERATOR_H_

namespace slicelock::kernel {

enum class Accelerator { kTcg, kKvm };

// A /dev/kvm that opens is no proof: on some cloud machines it accepts a guest
// and then cannot run it. Only a boot tells, and its verdict is kept, in the
// user's cache folder, until the host itself boots again.
enum class KvmVerdict { kUnknown, kWorks, kBroken };

KvmVerdict LoadKvmVerdict();
void SaveKvmVerdict(KvmVerdict verdict);

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_ACCELERATOR_H_
