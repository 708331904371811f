// What GetStatus() says where, and that locks work in each place. Child
// processes have the surroundings: environment, filters, policy.

#include "rseq_abi/status.h"

#include <pthread.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "locks/mutex.h"
#include "locks/slice_section.h"
#include "locks/spinlock.h"
#include "rseq_abi/c_library.h"
#include "rseq_abi/kernel_calls.h"
#include "rseq_abi/policy.h"
#include "rseq_abi/thread.h"
#include "tests/contention.h"
#include "tests/running_kernel.h"
#include "tests/seccomp.h"

namespace slicelock {
namespace {

using ::testing::AllOf;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using testing::KernelHasExtension;
using testing::KernelIsBootedWithoutExtension;
using ::testing::StartsWith;

template <typename Lock>
bool Works() {
  Lock lock;
  // On a busy machine threads may have been told to stop before they start.
  for (int i = 0; i < 50; ++i) {
    const auto result =
        testing::Contend(lock, 4, std::chrono::milliseconds(20), 30);
    if (result.acquisitions != result.counted) return false;
    if (result.acquisitions > 0) return true;
  }
  return false;
}

// Whether holders of a lock are granted extensions, and end them, sooner or
// later.
bool YieldsAndWorks() {
  SpinLock lock;
  for (int i = 0; i < 30; ++i) {
    const auto result =
        testing::Contend(lock, 16, std::chrono::milliseconds(500));
    if (result.acquisitions != result.counted) return false;
    if (result.yields > 0) return true;
  }
  fprintf(stderr, "No extension was granted and ended.\n");
  return false;
}

// Expects that a process that has run `prepare` says `expected` of a new
// thread, which runs `begin` first, and that both locks work there.
void ExpectStatusAfter(
    const std::function<void()>& prepare, const std::string& expected,
    const std::function<void()>& begin = [] {}) {
  const auto child = [&prepare, &begin] {
    prepare();
    std::thread([&begin] {
      begin();
      const bool had_area = rseq_abi::FindCLibraryArea().area != nullptr;
      const Status status = GetStatus();
      const bool has_area = rseq_abi::FindCLibraryArea().area != nullptr;
      fprintf(stderr, "%s\n", status.sentence());
      if (!status.on() && has_area != had_area) {
        fprintf(stderr, "The C library's area was taken away for nothing.\n");
        exit(EXIT_FAILURE);
      }
    }).join();
    exit(Works<SpinLock>() && Works<Mutex>() ? EXIT_SUCCESS : EXIT_FAILURE);
  };
  EXPECT_EXIT(child(), ExitedWithCode(EXIT_SUCCESS), expected);
}

// What it says where nothing but the kernel stands in the way, if it does.
std::string IfKernelHasExtension(const std::string& sentence) {
  if (!KernelHasExtension()) {
    return "kernel does not know|kernel was built without";
  }
  return KernelIsBootedWithoutExtension() ? "booted with rseq_slice_ext=0"
                                          : sentence;
}

class StatusTest : public ::testing::Test {
 protected:
  // The children start from scratch: a policy, once read, stays.
  StatusTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  ~StatusTest() override {
    if (tunables_.has_value()) {
      setenv("GLIBC_TUNABLES", tunables_->c_str(), 1);
    } else {
      unsetenv("GLIBC_TUNABLES");
    }
  }

  // In the children glibc registers nothing.
  static void KeepCLibraryFromRegistering() {
    setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
  }

 private:
  const std::optional<std::string> tunables_ =
      getenv("GLIBC_TUNABLES") == nullptr
          ? std::nullopt
          : std::optional<std::string>(getenv("GLIBC_TUNABLES"));
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

TEST_F(StatusTest, TheCallIsForThreadsThatHaveNotLockedYet) {
  Set("takeover");
  const auto child = [] {
    const StatusCode before = GetStatus().code();
    SetPolicy(Policy::kOff);
    bool off_elsewhere = false;
    std::thread([&off_elsewhere] {
      off_elsewhere = GetStatus().code() == StatusCode::kOffPolicy;
    }).join();
    exit(before != StatusCode::kOffPolicy && GetStatus().code() == before &&
                 off_elsewhere
             ? EXIT_SUCCESS
             : EXIT_FAILURE);
  };
  EXPECT_EXIT(child(), ExitedWithCode(EXIT_SUCCESS), "");
  unsetenv("SLICELOCK_RSEQ");
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

TEST_F(StatusTest, AnOwnAreaTurnsItOnWhereTheCLibraryHasNone) {
  KeepCLibraryFromRegistering();
  ExpectStatusAfter([] {}, IfKernelHasExtension("extensions are on"));
}

TEST_F(StatusTest, ALegacyRegistrationIsLeftAloneAndNamed) {
  const rseq_abi::CLibraryArea c_library = rseq_abi::FindCLibraryArea();
  if (c_library.area == nullptr || c_library.area->slice_available() ||
      c_library.length > rseq_abi::kLegacyLength || !KernelHasExtension()) {
    GTEST_SKIP() << "needs a kernel that has the extension, a C library that "
                    "has not";
  }
  ExpectStatusAfter([] { Set("auto"); }, "registers a legacy rseq area");
}

TEST_F(StatusTest, AnAreaOfAnotherLibraryIsNamed) {
  KeepCLibraryFromRegistering();
  for (const uint32_t length : {32, 64}) {
    SCOPED_TRACE(length);
    ExpectStatusAfter([] {},
                      KernelHasExtension() ? "another library has registered"
                                           : IfKernelHasExtension(""),
                      [length] {
                        static rseq_abi::OwnRseqArea area;
                        if (rseq_abi::RegisterArea(&area.area, length) != 0)
                          abort();
                      });
  }
}

TEST_F(StatusTest, AnAreaThatCannotCarryTheExtensionIsNotWrittenTo) {
  // Offset 28 is padding there, or somebody's data.
  bool has_such_area = false;
  std::thread([&has_such_area] {
    rseq_abi::RseqArea* const area = rseq_abi::FindCLibraryArea().area;
    has_such_area = area != nullptr && !area->slice_available();
    if (!has_such_area) return;
    char* const word = reinterpret_cast<char*>(area) + 28;
    const uint32_t before = 0xfeedfeed;
    memcpy(word, &before, sizeof(before));
    SpinLock spinlock;
    Mutex mutex;
    for (int i = 0; i < 1000; ++i) {
      SpinLockHolder spinlock_holder(spinlock);
      MutexLock mutex_holder(mutex);
      SliceSection section;
    }
    uint32_t after;
    memcpy(&after, word, sizeof(after));
    EXPECT_EQ(after, before);
  }).join();
  if (!has_such_area) GTEST_SKIP() << "the C library has no such area";
}

TEST_F(StatusTest, AKernelWithoutRseqIsCalledTooOld) {
  KeepCLibraryFromRegistering();
  ExpectStatusAfter(
      [] {
        ASSERT_TRUE(testing::RefuseSystemCalls({SYS_rseq}, ENOSYS));
        ASSERT_TRUE(testing::RefuseSystemCalls({SYS_prctl}, EINVAL));
      },
      "this kernel does not know them; Linux 7.0 or later does");
}

TEST_F(StatusTest, AThreadThatHasNotAskedBlamesNobody) {
  std::thread([] {
    EXPECT_EQ(rseq_abi::current_thread.status, StatusCode::kOffUnprepared);
  }).join();
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
  KeepCLibraryFromRegistering();
  for (const int error : {EPERM, ENOSYS}) {
    SCOPED_TRACE(error);
    ExpectStatusAfter(
        [error] { ASSERT_TRUE(testing::RefuseSystemCalls({SYS_rseq}, error)); },
        KernelHasExtension() ? "refused, most likely by a seccomp filter"
                             : IfKernelHasExtension(""));
  }
}

TEST_F(StatusTest, ARefusedYieldChangesNothing) {
  // The kernel ends the grant on entry to any system call, and asks the filter
  // afterwards.
  for (const int error : {EPERM, ENOSYS}) {
    SCOPED_TRACE(error);
    const auto child = [error] {
      Set("takeover");
      ASSERT_TRUE(testing::RefuseSystemCalls({471}, error));
      std::thread([] {
        fprintf(stderr, "%s\n", GetStatus().sentence());
        exit(Works<Mutex>() && (!GetStatus().on() || YieldsAndWorks())
                 ? EXIT_SUCCESS
                 : EXIT_FAILURE);
      }).join();
    };
    EXPECT_EXIT(child(), ExitedWithCode(EXIT_SUCCESS),
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
