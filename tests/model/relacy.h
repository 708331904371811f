// Relacy without the macros that it leaves behind, which would rewrite the
// standard library's names.

#ifndef SLICELOCK_TESTS_MODEL_RELACY_H_
#define SLICELOCK_TESTS_MODEL_RELACY_H_

#include <cassert>
#include <cerrno>
#include <relacy/relacy.hpp>

#undef VAR
#undef VAR_T
#undef TLS_T
#undef assert
#undef calloc
#undef delete
#undef errno
#undef free
#undef malloc
#undef memory_order_acq_rel
#undef memory_order_acquire
#undef memory_order_consume
#undef memory_order_relaxed
#undef memory_order_release
#undef memory_order_seq_cst
#undef new
#undef realloc

#endif  // SLICELOCK_TESTS_MODEL_RELACY_H_
