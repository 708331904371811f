// That the library signs as the C library does.

#include "rseq_abi/signature.h"

#include "gtest/gtest.h"

#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

namespace slicelock {
namespace {

TEST(SignatureTest, IsTheOneOfTheCLibrary) {
#ifdef RSEQ_SIG
  EXPECT_EQ(rseq_abi::kSignature, uint32_t{RSEQ_SIG});
#else
  GTEST_SKIP() << "this C library knows none for this architecture";
#endif
}

}  // namespace
}  // namespace slicelock
