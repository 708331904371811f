// What the launcher and the guest's init tell each other: files in a small
// folder of the launcher's that the guest sees as a 9p share, and two serial
// ports for what the command prints.

#ifndef TESTS_KERNEL_JOB_H_
#define TESTS_KERNEL_JOB_H_

namespace slicelock::kernel {

// 9p tags.
inline constexpr char kJobTag[] = "job";
inline constexpr char kHostTag[] = "host";  // The host's root folder.
inline constexpr char kRootTag[] = "root";  // What --root lays over it.

// Virtio serial ports: the number on the bus and the name in the guest.
inline constexpr int kOutPort = 1;
inline constexpr int kErrPort = 2;
inline constexpr char kOutPortPath[] = "/dev/vport0p1";
inline constexpr char kErrPortPath[] = "/dev/vport0p2";

// Written by the launcher. Lists end each item with a NUL.
inline constexpr char kArgvFile[] = "argv";
inline constexpr char kEnvironFile[] = "environ";
inline constexpr char kDirectoryFile[] = "directory";
inline constexpr char kAcceleratorFile[] = "accelerator";
inline constexpr char kSliceFile[] = "slice_ns";  // Missing: leave as it is.
inline constexpr char kRootFile[] = "root";       // There: mount kRootTag.
inline constexpr char kOneStreamFile[] = "one_stream";  // There: 2>&1.

// Written by init: that it runs, and in the end the command's exit status.
inline constexpr char kUpFile[] = "up";
inline constexpr char kStatusFile[] = "status";

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_JOB_H_
