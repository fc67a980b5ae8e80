#include "cli/hear_policy.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace livegate::cli {
namespace {

// One character a block: '#' where the policy says that speech goes on.
std::string states(HearPolicy& policy, std::size_t block_samples, std::string_view verdicts) {
  const Millis length{block_samples / 16};
  std::string out;
  for (const char verdict : verdicts) {
    const bool speech = verdict == 's';
    (void)policy.push({length, speech ? 1.0F : 0.0F, -30}, speech);
    out += policy.is_open() ? '#' : '.';
  }
  return out;
}

std::string times(char c, std::size_t count) { return std::string(count, c); }

TEST(HearPolicy, classic_begins_with_28_of_30_and_ends_likewise) {
  const auto policy = make_classic_policy(320);
  EXPECT_EQ(states(*policy, 320, "..." + times('s', 27)), times('.', 30));
  EXPECT_EQ(states(*policy, 320, "s"), "#");
  EXPECT_EQ(states(*policy, 320, times('.', 27)), times('#', 27));
  EXPECT_EQ(states(*policy, 320, "."), ".");
}

TEST(HearPolicy, classic_is_600_ms_at_any_block) {
  const auto policy = make_classic_policy(512);  // 19 blocks, of which more than 17.1
  EXPECT_EQ(states(*policy, 512, times('s', 18)), times('.', 17) + "#");
}

TEST(HearPolicy, gate_is_the_gateways) {
  const auto policy = make_gate_policy({.window = 160ms, .open = 100ms, .hangover = 500ms}, 320);
  EXPECT_EQ(states(*policy, 320, "ss.ss.s."), "......##");
  EXPECT_EQ(states(*policy, 320, times('.', 24)), times('#', 23) + ".");
}

TEST(HearPolicy, gate_rounds_times_up_to_whole_blocks) {
  const auto policy = make_gate_policy({.window = 160ms, .open = 100ms, .hangover = 500ms}, 512);
  EXPECT_EQ(states(*policy, 512, "ssss"), "...#");
  EXPECT_EQ(states(*policy, 512, times('.', 16)), times('#', 15) + ".");
}

TEST(HearPolicy, a_rule_to_begin_by_is_two_times) {
  audio::GateDurations gate;
  EXPECT_TRUE(parse_open("60/100", gate));
  EXPECT_EQ(gate.open, 60ms);
  EXPECT_EQ(gate.window, 100ms);
  for (const char* wrong :
       {"", "60", "60/", "60/50", "0/50", "60/100ms", "a/b", "60/5001", "-1/5"}) {
    EXPECT_FALSE(parse_open(wrong, gate)) << wrong;
  }
}

class Scripted final : public audio::Detector {
 public:
  explicit Scripted(std::vector<float> values) : values_(std::move(values)) {}
  [[nodiscard]] std::size_t block_samples() const override { return 160; }
  [[nodiscard]] float probability(std::span<const std::int16_t> /*block*/) override {
    return values_.at(next_++);
  }
  void reset() override { next_ = 0; }

 private:
  std::vector<float> values_;
  std::size_t next_ = 0;
};

std::unique_ptr<audio::Ear> scripted(std::vector<float> values) {
  return audio::make_ear(std::make_unique<Scripted>(std::move(values)));
}

TEST(Hear, events_are_as_of_the_end_of_the_block_that_settled_them) {
  const auto ear = scripted({0.1F, 0.6F, 0.4F, 0.3F, 0.1F, 0.1F});
  const auto policy = make_gate_policy({.window = 20ms, .open = 20ms, .hangover = 20ms}, 160);
  const Heard heard = hear(*ear, *policy, {}, std::vector<std::int16_t>(6 * 160 + 159));
  ASSERT_EQ(heard.blocks.size(), 6U);
  EXPECT_EQ(heard.blocks[2].end_ms, 30.0);
  EXPECT_TRUE(heard.blocks[2].speech);  // 0.4 keeps up what 0.6 began
  EXPECT_FALSE(heard.blocks[3].speech);
  ASSERT_EQ(heard.events.size(), 2U);
  EXPECT_TRUE(heard.events[0].start);
  EXPECT_EQ(heard.events[0].ms, 30.0);
  EXPECT_FALSE(heard.events[1].start);
  EXPECT_EQ(heard.events[1].ms, 50.0);
}

TEST(Hear, moments_are_the_events_and_the_early_ends_between_them) {
  auto options = turn::with_hangover(turn::graded_options(), 120ms);
  options.early_end = 40ms;
  const auto policy = make_our_policy(options);
  const auto ear =
      scripted({0.99F,  0.99F,  0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.99F,
                0.99F,  0.99F,  0.99F,  0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.001F,
                0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.001F, 0.001F});
  const Heard heard = hear(*ear, *policy, {}, std::vector<std::int16_t>(28 * 160));
  std::string words;
  for (const HearMoment& moment : heard.moments) words += std::string(moment.what) + " ";
  EXPECT_EQ(words, "start paused resumed paused end ");
  ASSERT_EQ(heard.events.size(), 2U);
  EXPECT_EQ(heard.events[0].ms, heard.moments.front().ms);
  EXPECT_EQ(heard.events[1].ms, heard.moments.back().ms);
}

TEST(Hear, an_aligned_block_has_the_answer_that_came_after_it) {
  std::vector<HearBlock> blocks = {{32, 0.1F, false}, {64, 0.9F, true}, {96, 0.2F, false}};
  align(blocks);
  EXPECT_EQ(blocks[0].probability, 0.9F);
  EXPECT_EQ(blocks[1].probability, 0.2F);
  EXPECT_EQ(blocks[2].probability, 0.2F);
  EXPECT_EQ(blocks[0].end_ms, 32.0);
  std::vector<HearBlock> none;
  align(none);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace livegate::cli
