// Settings of the kernel: files in /sys and the like.

#ifndef SLICELOCK_TESTS_FAULTS_SETTING_H_
#define SLICELOCK_TESTS_FAULTS_SETTING_H_

#include <string>
#include <vector>

namespace slicelock::testing {

inline constexpr char kSecondProcessor[] =
    "/sys/devices/system/cpu/cpu1/online";
inline constexpr char kExtensionLength[] =
    "/sys/kernel/debug/rseq/slice_ext_nsec";
inline constexpr char kPreemptionModel[] = "/sys/kernel/debug/sched/preempt";

// What is set. Where the file lists choices, it is the one in parentheses.
// Empty if there is no such setting.
std::string GetSetting(const std::string& file);

// The words in the file: if it lists choices, these.
std::vector<std::string> SettingChoices(const std::string& file);

// Returns whether it is `value` now.
bool SetSetting(const std::string& file, const std::string& value);

}  // namespace slicelock::testing

#endif  // SLICELOCK_TESTS_FAULTS_SETTING_H_
