#include <sstream>
#include <string>
#include <vector>

#include "bench/repetitions_reporter.h"
#include "bench/runs.h"
#include "bench/table_reporter.h"
#include "benchmark/benchmark.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slicelock::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char kPerSecond[] = "acquisitions_per_second";

// As Google Benchmark reports a call that counted operations.
BenchmarkRun MakeRun(const std::string& lock, double per_second) {
  BenchmarkRun run;
  run.run_name.function_name = lock;
  run.run_name.iterations = "iterations:1";
  run.real_accumulated_time = 2;
  run.counters[kThreads] = 4;
  run.report_label = "4 threads, 500ns";
  run.counters[kOperations] = 2 * per_second;
  run.counters[kCpuSeconds] = 3;
  run.counters[kPerSecond] = per_second;
  return run;
}

class Recorder : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<BenchmarkRun>& runs) override {
    reports.push_back(runs);
  }
  std::vector<std::vector<BenchmarkRun>> reports;
};

TEST(RepetitionsReporterTest, TellsTimesPerOperation) {
  Recorder recorder;
  RepetitionsReporter reporter(1, &recorder);
  reporter.ReportRuns({MakeRun("lock", 100)});
  ASSERT_THAT(recorder.reports, ElementsAre(SizeIs(1)));
  const BenchmarkRun& run = recorder.reports[0][0];
  EXPECT_EQ(run.benchmark_name(), "lock");
  EXPECT_EQ(run.threads, 4);
  EXPECT_EQ(run.iterations, 200);
  EXPECT_DOUBLE_EQ(run.GetAdjustedRealTime(), 2e9 / 200);
  EXPECT_DOUBLE_EQ(run.GetAdjustedCPUTime(), 3e9 / 200);
}

TEST(RepetitionsReporterTest, CollectsRowsThatComeInTurn) {
  Recorder recorder;
  RepetitionsReporter reporter(3, &recorder);
  for (const double per_second : {100, 120, 80}) {
    EXPECT_THAT(recorder.reports, SizeIs(0));
    reporter.ReportRuns({MakeRun("other", 1)});
    if (per_second == 80) recorder.reports.clear();
    reporter.ReportRuns({MakeRun("lock", per_second)});
  }
  ASSERT_THAT(recorder.reports, ElementsAre(SizeIs(5)));
  const std::vector<BenchmarkRun>& runs = recorder.reports[0];
  EXPECT_EQ(runs[0].repetition_index, 0);
  EXPECT_EQ(runs[2].repetition_index, 2);
  EXPECT_EQ(runs[3].aggregate_name, kMedian);
  EXPECT_DOUBLE_EQ(*CounterOf(runs[3], kPerSecond), 100);
  EXPECT_EQ(runs[4].aggregate_name, kSpread);
  EXPECT_DOUBLE_EQ(*CounterOf(runs[4], kPerSecond), 0.4);
}

TEST(RepetitionsReporterTest, PassesOnWhatIsThereAtTheEnd) {
  Recorder recorder;
  RepetitionsReporter reporter(3, &recorder);
  reporter.ReportRuns({MakeRun("lock", 100)});
  reporter.Finalize();
  EXPECT_THAT(recorder.reports, ElementsAre(SizeIs(1)));
}

class TableReporterTest : public testing::Test {
 protected:
  TableReporterTest()
      : table_({}, {{"acq/s", kPerSecond}, {"p50 us", "wait_p50_ns", 1e3}}) {
    table_.SetOutputStream(&output_);
  }

  std::ostringstream output_;
  TableReporter table_;
};

TEST_F(TableReporterTest, AlignsRowsUnderTheirSetting) {
  BenchmarkRun run = PerOperation(MakeRun("lock", 1234567));
  run.counters["wait_p50_ns"] = 70;
  table_.ReportRuns({run});
  table_.ReportRuns({PerOperation(MakeRun("other", 10))});
  EXPECT_EQ(output_.str(),
            "\n"
            "4 threads, 500ns              acq/s     p50 us\n"
            "lock                      1,234,567      0.070\n"
            "other                            10          -\n");
}

TEST_F(TableReporterTest, MakesRoomForALongSetting) {
  BenchmarkRun run = PerOperation(MakeRun("lock", 10));
  run.report_label = "16 threads, 500ns, 2 bystanders";
  table_.ReportRuns({run});
  EXPECT_EQ(output_.str(),
            "\n"
            "16 threads, 500ns, 2 bystanders          acq/s     p50 us\n"
            "lock                                        10          -\n");
}

TEST_F(TableReporterTest, ShowsMediansAndMarksRowsThatDisagree) {
  RepetitionsReporter reporter(2, &table_);
  for (const double per_second : {100, 110}) {
    reporter.ReportRuns({MakeRun("calm", per_second)});
  }
  for (const double per_second : {100, 200}) {
    reporter.ReportRuns({MakeRun("wild", per_second)});
  }
  EXPECT_EQ(output_.str(),
            "\n"
            "4 threads, 500ns              acq/s     p50 us     spread\n"
            "calm                            105          -       9.5%\n"
            "wild                            150          -    66.7% !\n");
}

TEST(FormatCellTest, KeepsThreeDigits) {
  EXPECT_EQ(FormatCell({}), "-");
  EXPECT_EQ(FormatCell(0), "0");
  EXPECT_EQ(FormatCell(0.05), "0.050");
  EXPECT_EQ(FormatCell(0.9996), "1.00");
  EXPECT_EQ(FormatCell(1.234), "1.23");
  EXPECT_EQ(FormatCell(12.34), "12.3");
  EXPECT_EQ(FormatCell(123.4), "123");
  EXPECT_EQ(FormatCell(123456.7), "123,457");
  EXPECT_EQ(FormatCell(1000000), "1,000,000");
}

}  // namespace
}  // namespace slicelock::bench
