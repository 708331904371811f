#ifndef TESTS_KERNEL_TEMP_FOLDER_H_
#define TESTS_KERNEL_TEMP_FOLDER_H_

#include <string>

namespace slicelock::kernel {

// A new empty folder, removed with all that is in it at the end of the scope.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  // Empty if the folder could not be made; errno tells why.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace slicelock::kernel

#endif  // TESTS_KERNEL_TEMP_FOLDER_H_
