// Whether the calling thread can get time slice extensions, and why, or why
// not.
//
//   slicelock::Status status = slicelock::GetStatus();
//   if (!status.on()) std::cerr << status.sentence() << "\n";
//
// Locks work whatever the status is; without the extension they are plain
// locks.

#ifndef SLICELOCK_RSEQ_ABI_STATUS_H_
#define SLICELOCK_RSEQ_ABI_STATUS_H_

namespace slicelock {

enum class StatusCode {
  // On, with a request set in...
  kOnCLibraryArea,  // ...the area that the C library registered
  kOnOwnArea,       // ...an area of this library, as there was no other
  kOnTakenOver,     // ...an area of this library, in place of glibc's

  // Off, since...
  kOffPolicy,               // ...SLICELOCK_RSEQ=off or SetPolicy() says so
  kOffMisspeltPolicy,       // ...SLICELOCK_RSEQ has a value that is unknown
  kOffKernelTooOld,         // ...the kernel does not know extensions
  kOffKernelConfiguration,  // ...the kernel was built without them
  kOffKernelBoot,           // ...they were turned off at boot
  kOffLegacyRegistration,   // ...the C library's registration is too short
  kOffForeignRegistration,  // ...another library registered first
  kOffBlocked,              // ...a seccomp filter, most likely, forbids a call
  kOffKernelWantsMore,      // ...the kernel wants a larger area than ours
  kOffNoExitHook,           // ...the process has no thread-specific key left
  kOffUnprepared,           // ...the thread is asking the kernel just now
  kOffThreadExiting,        // ...the thread is past its last clean-up
};

class Status {
 public:
  explicit constexpr Status(StatusCode code) : code_(code) {}

  constexpr StatusCode code() const { return code_; }

  constexpr bool on() const {
    return code_ == StatusCode::kOnCLibraryArea ||
           code_ == StatusCode::kOnOwnArea || code_ == StatusCode::kOnTakenOver;
  }

  // One English sentence: why it is on or off, and what would turn it on. Lives
  // as long as the program.
  const char* sentence() const;

 private:
  StatusCode code_;
};

// The status of the calling thread. Prepares the thread as its first lock would
// (some system calls, once a thread). Safe in signal handlers if the thread was
// prepared before.
Status GetStatus();

}  // namespace slicelock

#endif  // SLICELOCK_RSEQ_ABI_STATUS_H_
