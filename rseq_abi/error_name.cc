#include "rseq_abi/error_name.h"

#include <cerrno>

#include "rseq_abi/kernel_calls.h"

namespace slicelock::rseq_abi {

const char* ErrorName(long error) {
  switch (error) {
    case EACCES:
      return "EACCES";
    case EBUSY:
      return "EBUSY";
    case EFAULT:
      return "EFAULT";
    case EINVAL:
      return "EINVAL";
    case ENOSYS:
      return "ENOSYS";
    case ENXIO:
      return "ENXIO";
    case EPERM:
      return "EPERM";
    case kNotSupported:
      return "ENOTSUPP";
    default:
      return nullptr;
  }
}

}  // namespace slicelock::rseq_abi
