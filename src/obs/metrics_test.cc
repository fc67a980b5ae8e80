#include "obs/metrics.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::obs {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, counters_of_all_shards_are_summed) {
  Metrics metrics(2);
  metrics.shard(0).add(Metric::turns);
  metrics.shard(1).add(Metric::turns, 2);
  EXPECT_EQ(metrics.sum(Metric::turns), 3);
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_turns_total 3"));
}

TEST(Metrics, labels_tell_the_members_of_a_family_apart) {
  Metrics metrics(1);
  metrics.shard(0).add(Metric::sessions_live, 4);
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_sessions_total{client=\"live\"} 4"));
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_sessions_total{client=\"native\"} 0"));
}

TEST(Metrics, what_is_counted_elsewhere_is_asked_for) {
  Metrics metrics(1);
  std::int64_t lines = 0;
  metrics.read_from(Metric::dropped_log_lines, [&lines] { return lines; });
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_dropped_total{what=\"log_lines\"} 0\n"));
  lines = 7;
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_dropped_total{what=\"log_lines\"} 7\n"));
}

TEST(Metrics, a_gauge_goes_down_again) {
  Metrics metrics(1);
  metrics.shard(0).add(Metric::sessions_open);
  metrics.shard(0).add(Metric::sessions_open, -1);
  EXPECT_THAT(metrics.text(), HasSubstr("# TYPE livegate_sessions_open gauge"));
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_sessions_open 0"));
}

TEST(Metrics, a_turn_is_observed_stage_by_stage_and_absent_stages_are_not) {
  Metrics metrics(1);
  metrics.observe({.first_packet = 250ms});
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_turn_seconds_count{stage=\"first_packet\"} 1"));
  EXPECT_THAT(metrics.text(), HasSubstr("livegate_turn_seconds_count{stage=\"decision\"} 0"));
  EXPECT_THAT(metrics.text(), HasSubstr("stage=\"first_packet\",le=\"0.3\"} 1"));
}

TEST(Metrics, the_time_a_handler_held_its_loop_is_told_by_shard_with_the_longest) {
  Metrics metrics(2);
  metrics.handlers(1).observe(300us);
  metrics.handlers(1).observe(7ms);
  metrics.handlers(1).observe(2s);
  const std::string text = metrics.text();
  EXPECT_THAT(text, Not(HasSubstr("livegate_handler_seconds_count{shard=\"0\"}")));
  EXPECT_THAT(text, HasSubstr("livegate_handler_seconds_count{shard=\"1\"} 3"));
  EXPECT_THAT(text, HasSubstr("livegate_handler_seconds_bucket{shard=\"1\",le=\"0.0005\"} 1"));
  EXPECT_THAT(text, HasSubstr("livegate_handler_seconds_bucket{shard=\"1\",le=\"0.01\"} 2"));
  EXPECT_THAT(text, HasSubstr("livegate_handler_seconds_bucket{shard=\"1\",le=\"+Inf\"} 3"));
  EXPECT_THAT(text, HasSubstr("livegate_handler_longest_seconds{shard=\"1\"} 2"));
}

TEST(Metrics, how_long_connections_wait_for_their_turn_is_told_by_shard) {
  Metrics metrics(2);
  metrics.lag(1).observe(300us);
  metrics.lag(1).observe(7ms);
  const std::string text = metrics.text();
  EXPECT_THAT(text, Not(HasSubstr("livegate_loop_lag_seconds_count{shard=\"0\"}")));
  EXPECT_THAT(text, HasSubstr("livegate_loop_lag_seconds_count{shard=\"1\"} 2"));
  EXPECT_THAT(text, HasSubstr("livegate_loop_lag_seconds_bucket{shard=\"1\",le=\"0.0005\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("livegate_handler_seconds_count{shard=\"1\"}")));
}

double value_of(const std::string& text, const std::string& name) {
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

TEST(Metrics, the_process_is_told_under_the_usual_names) {
  const Metrics metrics(1);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("livegate_build_info{version=\"" LIVEGATE_VERSION "\"} 1"));
  EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1024 * 1024);
  EXPECT_LT(value_of(text, "process_resident_memory_bytes"), 1e12);
  EXPECT_GE(value_of(text, "process_cpu_seconds_total"), 0);
  EXPECT_GE(value_of(text, "process_open_fds"), 3);
  EXPECT_GE(value_of(text, "process_max_fds"), value_of(text, "process_open_fds"));
  EXPECT_GT(value_of(text, "process_start_time_seconds"), 1.6e9);
}

TEST(Metrics, an_open_file_is_counted) {
  const Metrics metrics(1);
  const double before = value_of(metrics.text(), "process_open_fds");
  const std::ifstream file("/proc/self/status");
  EXPECT_EQ(value_of(metrics.text(), "process_open_fds"), before + 1);
}

}  // namespace
}  // namespace livegate::obs
