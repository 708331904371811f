// Code for local_bit_code_test to look at.

#include <cstdint>

#include "rseq_abi/local_bit.h"

namespace slicelock {

[[gnu::noinline]] bool TestAndClear(uint32_t& word) {
  return rseq_abi::LocalTestAndClearBit<0>(word);
}

// What it must not be.
[[gnu::noinline]] bool TestAndClearForAllCpus(uint32_t& word) {
  return (__atomic_fetch_and(&word, ~uint32_t{1}, __ATOMIC_SEQ_CST) & 1) != 0;
}

}  // namespace slicelock

int main(int argc, char**) {
  uint32_t word = static_cast<uint32_t>(argc);
  return slicelock::TestAndClear(word) ==
         slicelock::TestAndClearForAllCpus(word);
}
