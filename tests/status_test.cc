// What GetStatus() says where, and that locks work in each place. Child
// processes have the surroundings: environment, filters, policy.

#include "rseq_abi/status.h"

#include <pthread.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/spinlock.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/policy.h"
#include "tests/contention.h"
#include "tests/seccomp.h"

namespace slicelock {
namespace {

using ::testing::AllOf;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Whether this kernel has the extension, however this process fares.
bool KernelHasExtension() { return rseq_abi::SliceExtensionEnabled() >= 0; }

template <typename Lock>
bool Works() {
  Lock lock;
  const auto result =
      testing::Contend(lock, 4, std::chrono::milliseconds(20), 30);
  return result.acquisitions > 0 && result.acquisitions == result.counted;
}

// Expects that a process that has run `prepare` says `expected` of a new
// thread, and that both locks work there.
void ExpectStatusAfter(const std::function<void()>& prepare,
                       const std::string& expected) {
  const auto child = [&prepare] {
    prepare();
    std::thread([] { fprintf(stderr, "%s\n", GetStatus().sentence()); }).join();
    exit(Works<SpinLock>() && Works<Mutex>() ? EXIT_SUCCESS : EXIT_FAILURE);
  };
  EXPECT_EXIT(child(), ExitedWithCode(EXIT_SUCCESS), expected);
}

// What it says where nothing but the kernel stands in the way, if it does.
std::string IfKernelHasExtension(const std::string& sentence) {
  return KernelHasExtension() ? sentence
                              : "kernel does not know|kernel was built without";
}

class StatusTest : public ::testing::Test {
 protected:
  // The children start from scratch: a policy, once read, stays.
  StatusTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void Set(const char* policy) { setenv("SLICELOCK_RSEQ", policy, 1); }

TEST_F(StatusTest, EveryCodeHasOneSentenceOfItsOwn) {
  std::set<std::string> sentences;
  const int last = static_cast<int>(StatusCode::kOffThreadExiting);
  for (int code = 0; code <= last; ++code) {
    const Status status(static_cast<StatusCode>(code));
    const std::string sentence = status.sentence();
    EXPECT_THAT(sentence,
                AllOf(StartsWith(status.on() ? "Time slice extensions are on"
                                             : "Time slice extensions are off"),
                      ::testing::EndsWith(".")));
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
  }
}

TEST_F(StatusTest, PolicyOffInTheEnvironmentTurnsItOff) {
  ExpectStatusAfter([] { Set("off"); }, "because SLICELOCK_RSEQ=off");
}

TEST_F(StatusTest, PolicyOffByCallTurnsItOff) {
  ExpectStatusAfter([] { SetPolicy(Policy::kOff); },
                    "SetPolicy\\(Policy::kOff\\) says so");
}

TEST_F(StatusTest, TheCallWinsOverTheEnvironment) {
  ExpectStatusAfter(
      [] {
        Set("off");
        SetPolicy(Policy::kTakeover);
      },
      IfKernelHasExtension("extensions are on"));
}

TEST_F(StatusTest, AnUnknownPolicyIsNamedAndTurnsItOff) {
  for (const char* value : {"", "on", "OFF", "takeover "}) {
    SCOPED_TRACE(value);
    ExpectStatusAfter([value] { Set(value); },
                      "SLICELOCK_RSEQ has an unknown value; it can be auto, "
                      "off or takeover");
  }
}

TEST_F(StatusTest, TakeoverTurnsItOnWhateverTheCLibraryDid) {
  ExpectStatusAfter([] { Set("takeover"); },
                    IfKernelHasExtension("extensions are on"));
}

TEST_F(StatusTest, ARefusedPrctlIsNamed) {
  for (const int error : {EPERM, ENOSYS}) {
    SCOPED_TRACE(error);
    ExpectStatusAfter(
        [error] {
          ASSERT_TRUE(testing::RefuseSystemCalls({SYS_prctl}, error));
        },
        "refused, most likely by a seccomp filter");
  }
}

TEST_F(StatusTest, ARefusedRseqIsNamed) {
  // As in a container, where the C library's registration is refused too. (A
  // glibc that did register one thread aborts if it cannot register the next.)
  setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
  for (const int error : {EPERM, ENOSYS}) {
    SCOPED_TRACE(error);
    ExpectStatusAfter(
        [error] { ASSERT_TRUE(testing::RefuseSystemCalls({SYS_rseq}, error)); },
        IfKernelHasExtension("refused, most likely by a seccomp filter"));
  }
  unsetenv("GLIBC_TUNABLES");
}

TEST_F(StatusTest, ARefusedYieldChangesNothing) {
  // The kernel ends the grant on entry to any system call, and asks the filter
  // afterwards.
  for (const int error : {EPERM, ENOSYS}) {
    SCOPED_TRACE(error);
    ExpectStatusAfter(
        [error] {
          Set("takeover");
          ASSERT_TRUE(testing::RefuseSystemCalls({471}, error));
        },
        IfKernelHasExtension("extensions are on"));
  }
}

TEST_F(StatusTest, NoThreadSpecificKeyLeftIsNamed) {
  ExpectStatusAfter(
      [] {
        Set("takeover");
        pthread_key_t key;
        while (pthread_key_create(&key, nullptr) == 0) {
        }
      },
      IfKernelHasExtension("no thread-specific data key left"));
}

TEST_F(StatusTest, SetThreadRequestsSaysWhatWasBefore) {
  EXPECT_TRUE(SetThreadRequests(false));
  EXPECT_FALSE(SetThreadRequests(true));
  EXPECT_TRUE(SetThreadRequests(true));
}

}  // namespace
}  // namespace slicelock
