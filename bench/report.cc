// Runs benchmarks and makes a page of what they measured. See README.md.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "bench/plots.h"
#include "bench/results.h"
#include "nlohmann/json.hpp"
#include "tests/kernel/runfiles.h"
#include "tests/kernel/temp_folder.h"
#include "tests/run_program.h"

ABSL_FLAG(std::string, output, "report",
          "the folder to write report.html, report.json and the pictures to");

namespace slicelock::bench {
namespace {

constexpr int kExitBadArguments = 2;

// What to run if nothing is asked for.
const std::vector<std::string> kDefault = {
    "uncontended --here",
    "contention --guest --repetitions=3",
    "handoff --guest --repetitions=3",
};

// "contention --guest --full" and what came of it.
struct Run {
  std::string command;
  nlohmann::json json;
  Results results;

  std::string program() const { return command.substr(0, command.find(' ')); }
};

absl::StatusOr<Run> Measure(const std::string& command) {
  Run run = {command, {}, {}};
  const std::string program =
      kernel::FindRunfile(absl::StrCat("bench/", run.program()));
  if (program.empty() || !std::filesystem::is_regular_file(program)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "there is no benchmark \"", run.program(),
        "\"; an argument is one with its flags, such as ", kDefault[1]));
  }
  // In a guest it is not started from this program's tree of files.
  const std::filesystem::path runfiles =
      std::filesystem::path(program).parent_path().parent_path().parent_path();
  // Progress goes to standard error, as the run itself shows it.
  const testing::Outcome outcome = testing::RunInShell(
      absl::StrCat("RUNFILES_DIR='", runfiles.string(), "' '", program, "'",
                   command.substr(run.program().size()),
                   " --progress=lines --benchmark_format=json"));
  if (outcome.status != 0) {
    return absl::InternalError(
        absl::StrCat(command, " ended with status ", outcome.status));
  }
  run.json = nlohmann::json::parse(outcome.output, nullptr, false);
  auto results = ReadResults(run.json);
  if (!results.ok()) {
    return absl::InternalError(
        absl::StrCat(command, ": ", results.status().message()));
  }
  run.results = *std::move(results);
  return run;
}

// SVG.
absl::StatusOr<std::string> Draw(const Plot& plot) {
  const kernel::TempFolder folder;
  const std::string script = folder.path() + "/plot";
  std::ofstream(script) << plot.script;
  const testing::Outcome outcome =
      testing::RunInShell(absl::StrCat("gnuplot '", script, "'"));
  if (outcome.status == 127) {
    return absl::FailedPreconditionError(
        "pictures need gnuplot: run ./bazelw, or: sudo apt-get install "
        "gnuplot-nox");
  }
  if (outcome.status != 0 || !absl::StrContains(outcome.output, "</svg>")) {
    return absl::InternalError(
        absl::StrCat("gnuplot could not draw ", plot.name));
  }
  return outcome.output;
}

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// What a page can hold of an SVG file.
std::string Inline(const std::string& svg) {
  const size_t start = svg.find("<svg");
  return svg.substr(start == svg.npos ? 0 : start);
}

constexpr char kPageStart[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
    "<title>slicelock: measurements</title>\n"
    "<style>body{font:15px sans-serif;max-width:1000px;margin:2em auto;"
    "padding:0 1em}figure{margin:1.5em 0}svg{width:100%;height:auto}"
    "dt{float:left;width:8em;color:#666}dd{margin-left:8em}</style>\n"
    "<h1>slicelock: measurements</h1>\n"
    "<p>! marks a point whose repetitions are too far apart to conclude "
    "from.</p>\n";

std::string Heading(const Run& run) {
  std::string html = absl::StrCat("<h2>", Escaped(run.command), "</h2>\n<dl>");
  for (const auto& [key, label] :
       std::vector<std::pair<const char*, const char*>>{
           {"kernel", "Kernel"},
           {"cpu_model", "Processor"},
           {"cpus", "CPUs"},
           {"accelerator", "Accelerator"},
           {"slice_ext", "Extensions"},
           {"slice_status", "Status"},
           {"measured_at", "Date"},
           {"rows", "Rows"}}) {
    const auto fact = run.results.facts.find(key);
    if (fact == run.results.facts.end()) continue;
    absl::StrAppend(&html, "<dt>", label, "<dd>", Escaped(fact->second), "\n");
  }
  return html + "</dl>\n";
}

absl::Status WriteReport(const std::vector<Run>& runs,
                         const std::filesystem::path& folder) {
  nlohmann::json all = nlohmann::json::array();
  std::string page = kPageStart;
  int number = 0;
  for (const Run& run : runs) {
    ++number;
    all.push_back({{"command", run.command}, {"result", run.json}});
    page += Heading(run);
    for (const Plot& plot : MakePlots(run.program(), run.results)) {
      const auto svg = Draw(plot);
      if (!svg.ok()) return svg.status();
      std::ofstream(folder / absl::StrCat(number, "-", run.program(), "-",
                                          plot.name, ".svg"))
          << *svg;
      absl::StrAppend(&page, "<figure>", Inline(*svg), "</figure>\n");
    }
  }
  std::ofstream(folder / "report.json") << all.dump(1) << "\n";
  std::ofstream html(folder / "report.html");
  html << page << "</html>\n";
  html.close();
  if (!html) {
    return absl::InternalError(
        absl::StrCat("cannot write to ", folder.string()));
  }
  return absl::OkStatus();
}

// Where the user is, under `bazel run` as well.
std::filesystem::path OutputFolder() {
  const char* const start = std::getenv("BUILD_WORKING_DIRECTORY");
  return std::filesystem::path(start == nullptr ? "." : start) /
         absl::GetFlag(FLAGS_output);
}

int Fail(const absl::Status& status) {
  absl::FPrintF(stderr, "%s\n", status.message());
  return absl::IsInvalidArgument(status) ? kExitBadArguments : EXIT_FAILURE;
}

int Main(int argc, char** argv) {
  absl::SetProgramUsageMessage(absl::StrCat(
      "runs benchmarks and makes a page with plots of what they measured. Each "
      "argument is one with its flags, as \"contention --guest --full\"; by "
      "default \"",
      absl::StrJoin(kDefault, "\", \""), "\"."));
  std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  std::vector<std::string> commands(arguments.begin() + 1, arguments.end());
  if (commands.empty()) commands = kDefault;
  const std::filesystem::path folder = OutputFolder();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return Fail(absl::InvalidArgumentError(absl::StrCat(
        "cannot make the folder ", folder.string(), ": ", error.message())));
  }

  std::vector<Run> runs;
  for (const std::string& command : commands) {
    absl::FPrintF(stderr, "run %d of %d: %s\n", runs.size() + 1,
                  commands.size(), command);
    auto run = Measure(command);
    if (!run.ok()) return Fail(run.status());
    runs.push_back(*std::move(run));
  }
  const absl::Status written = WriteReport(runs, folder);
  if (!written.ok()) return Fail(written);
  absl::PrintF("%s\n", (folder / "report.html").lexically_normal().string());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace slicelock::bench

int main(int argc, char** argv) { return slicelock::bench::Main(argc, argv); }
