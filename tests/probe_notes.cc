#include "tests/probe_notes.h"

#include <link.h>

#include <filesystem>
#include <regex>
#include <sstream>

#include "tests/run_program.h"

namespace slicelock::testing {

namespace {

// How far from the addresses in its file the program has been loaded.
uintptr_t LoadOffset() {
  uintptr_t offset = 0;
  // The program comes first.
  const auto first = [](dl_phdr_info* object, size_t, void* out) {
    *static_cast<uintptr_t*>(out) = object->dlpi_addr;
    return 1;
  };
  dl_iterate_phdr(first, &offset);
  return offset;
}

}  // namespace

std::vector<ProbeNote> OwnProbeNotes() {
  const std::string program =
      std::filesystem::read_symlink("/proc/self/exe").string();
  std::istringstream lines(RunInShell("readelf --notes " + program).output);
  const std::regex provider("\\s*Provider: (\\S*)");
  const std::regex name("\\s*Name: (\\S*)");
  const std::regex location("\\s*Location: (\\S*), .*");
  const std::regex arguments("\\s*Arguments: ?(.*)");
  const uintptr_t load_offset = LoadOffset();
  std::vector<ProbeNote> notes;
  ProbeNote note;
  bool ours = false;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, provider)) {
      ours = match[1] == "slicelock";
    } else if (std::regex_match(line, match, name)) {
      note.name = match[1];
    } else if (std::regex_match(line, match, location)) {
      note.address = load_offset + std::stoull(match[1], nullptr, 16);
    } else if (ours && std::regex_match(line, match, arguments)) {
      note.arguments = match[1];
      notes.push_back(note);
    }
  }
  return notes;
}

}  // namespace slicelock::testing
