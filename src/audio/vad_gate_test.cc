#include "audio/vad_gate.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "audio/allocation_count.h"
#include "base/check.h"
#include "base/rng.h"

namespace livegate::audio {
namespace {

// Feeds a gate frames of four samples, all equal to the frame's number, from a line of verdicts:
// '#' speech,
// '.' none. Collects what a sender would send, as frame numbers, with '|' where speech ended.
class Line {
 public:
  explicit Line(const GateOptions& options) : gate_(options) {}

  void says(std::string_view verdicts) {
    for (const char verdict : verdicts) {
      const std::vector<std::int16_t> frame(4, static_cast<std::int16_t>(number_++));
      const GateStep step = gate_.push(frame, verdict == '#');
      steps_ += "-O+C"[static_cast<int>(step)];
      if (step == GateStep::opened) send(gate_.preroll());
      if (step == GateStep::passed || step == GateStep::closed) send(frame);
      if (step == GateStep::closed) sent_.push_back(-1);
    }
  }
  VadGate& gate() { return gate_; }
  [[nodiscard]] const std::string& steps() const { return steps_; }
  [[nodiscard]] const std::vector<int>& sent() const { return sent_; }
  [[nodiscard]] int frames() const { return number_; }

 private:
  void send(std::span<const std::int16_t> samples) {
    ASSERT_EQ(samples.size() % 4, 0U);
    for (std::size_t i = 0; i < samples.size(); i += 4) {
      ASSERT_TRUE(
          std::ranges::all_of(samples.subspan(i, 4), [&](int s) { return s == samples[i]; }));
      sent_.push_back(samples[i]);
    }
  }
  VadGate gate_;
  int number_ = 0;
  std::string steps_;
  std::vector<int> sent_;
};

constexpr GateOptions kSmall = {.frame_samples = 4,
                                .window_frames = 4,
                                .open_frames = 3,
                                .preroll_frames = 2,
                                .hangover_frames = 3};
constexpr int kEnd = -1;

TEST(VadGate, silence_sends_nothing) {
  Line line(kSmall);
  line.says("....................");
  EXPECT_EQ(line.sent(), std::vector<int>{});
  EXPECT_FALSE(line.gate().is_open());
}

TEST(VadGate, a_cough_does_not_open_it) {
  Line line(kSmall);
  line.says("......##........#.#.....");
  EXPECT_EQ(line.sent(), std::vector<int>{});
}

TEST(VadGate, speech_goes_out_with_what_came_before_it) {
  Line line(kSmall);
  line.says(".....###");
  EXPECT_EQ(line.steps(), "-------O");
  // Frame 5 was the first that counted; 3 and 4 are the pre-roll.
  EXPECT_EQ(line.sent(), (std::vector<int>{3, 4, 5, 6, 7}));
}

TEST(VadGate, a_gap_within_the_window_still_opens_and_counts_from_the_first_speech) {
  Line line(kSmall);
  line.says(".....#.##");
  EXPECT_EQ(line.steps(), "--------O");
  EXPECT_EQ(line.sent(), (std::vector<int>{3, 4, 5, 6, 7, 8}));
}

TEST(VadGate, speech_at_the_very_beginning_has_no_preroll_to_send) {
  Line line(kSmall);
  line.says("###");
  EXPECT_EQ(line.sent(), (std::vector<int>{0, 1, 2}));
}

TEST(VadGate, short_pauses_stay_within_the_speech) {
  Line line(kSmall);
  line.says("###..#..##");
  EXPECT_EQ(line.steps(), "--O+++++++");
}

TEST(VadGate, closes_at_the_end_of_the_hangover_and_sends_all_of_it) {
  Line line(kSmall);
  line.says("###.....");
  EXPECT_EQ(line.steps(), "--O++C--");
  EXPECT_EQ(line.sent(), (std::vector<int>{0, 1, 2, 3, 4, 5, kEnd}));
}

TEST(VadGate, no_frame_is_ever_sent_twice) {
  Line line(kSmall);
  line.says("###...###...");  // the second pre-roll would reach into the first stretch
  EXPECT_EQ(line.sent(), (std::vector<int>{0, 1, 2, 3, 4, 5, kEnd, 6, 7, 8, 9, 10, 11, kEnd}));
}

TEST(VadGate, speech_from_before_it_closed_does_not_help_to_open_it_again) {
  Line line({.frame_samples = 4,
             .window_frames = 8,
             .open_frames = 3,
             .preroll_frames = 2,
             .hangover_frames = 1});
  line.says("###.#.#...");
  EXPECT_EQ(line.steps(), "--OC------");
}

TEST(VadGate, knows_how_old_the_end_of_speech_is) {
  Line line(kSmall);
  line.says("###");
  EXPECT_EQ(line.gate().silent_frames(), 0U);
  line.says("..");
  EXPECT_EQ(line.gate().silent_frames(), 2U);
  line.says(".");
  EXPECT_EQ(line.steps().back(), 'C');
  EXPECT_EQ(line.gate().silent_frames(), 3U);
  line.says("#");
  EXPECT_EQ(line.gate().silent_frames(), 0U);
}

TEST(VadGate, reset_closes_it_and_forgets_what_it_kept) {
  Line line(kSmall);
  line.says(".....###");
  line.gate().reset();
  EXPECT_FALSE(line.gate().is_open());
  line.says("##");
  line.gate().reset();
  line.says("###");
  EXPECT_EQ(line.steps(), "-------O----O");
  EXPECT_EQ(line.sent(), (std::vector<int>{3, 4, 5, 6, 7, 10, 11, 12}));
}

TEST(VadGate, preroll_is_only_there_right_after_opening) {
  Line line(kSmall);
  line.says("###");
  EXPECT_EQ(line.gate().preroll().size(), 12U);
  line.says("#");
  EXPECT_TRUE(line.gate().preroll().empty());
}

TEST(VadGate, the_smallest_gate_passes_speech_frame_by_frame) {
  Line line({.frame_samples = 4,
             .window_frames = 1,
             .open_frames = 1,
             .preroll_frames = 0,
             .hangover_frames = 1});
  line.says(".#..##.");
  EXPECT_EQ(line.steps(), "-OC-O+C");
  EXPECT_EQ(line.sent(), (std::vector<int>{1, 2, kEnd, 4, 5, 6, kEnd}));
}

TEST(VadGate, sends_in_order_without_gaps_whatever_the_verdicts) {
  Rng rng(11);
  for (int round = 0; round < 200; ++round) {
    Line line({.frame_samples = 4,
               .window_frames = 5 + rng.next() % 6,
               .open_frames = 1 + rng.next() % 5,
               .preroll_frames = rng.next() % 12,
               .hangover_frames = 1 + rng.next() % 9});
    const double density = rng.uniform();
    std::string verdicts;
    for (int i = 0; i < 300; ++i) verdicts += rng.uniform() < density ? '#' : '.';
    line.says(verdicts);
    int last = -1;
    bool fresh = true;  // the next frame begins a stretch
    for (const int frame : line.sent()) {
      if (frame == kEnd) {
        fresh = true;
        continue;
      }
      ASSERT_GT(frame, last);
      if (!fresh) {
        ASSERT_EQ(frame, last + 1);
      }
      last = frame;
      fresh = false;
    }
  }
}

TEST(VadGate, allocates_nothing_after_construction) {
  VadGate gate(GateOptions{});
  const std::vector<std::int16_t> frame(320, 1);
  std::size_t opened = 0;
  const std::size_t before = allocation_count();
  for (int i = 0; i < 1000; ++i) {
    if (gate.push(frame, i % 100 > 50) == GateStep::opened) ++opened;
  }
  EXPECT_EQ(allocation_count(), before);
  EXPECT_EQ(opened, 10U);
}

TEST(VadGate, refuses_options_that_make_no_gate_and_frames_of_another_size) {
  EXPECT_THROW(VadGate({.frame_samples = 0}), CheckFailed);
  EXPECT_THROW(VadGate({.open_frames = 0}), CheckFailed);
  EXPECT_THROW(VadGate({.window_frames = 4, .open_frames = 5}), CheckFailed);
  EXPECT_THROW(VadGate({.hangover_frames = 0}), CheckFailed);
  VadGate gate(kSmall);
  EXPECT_THROW(gate.push(std::vector<std::int16_t>(5), true), CheckFailed);
}

TEST(GateDurations, become_whole_frames_rounded_up) {
  const GateOptions defaults = make_gate_options({}, 20);
  EXPECT_EQ(defaults.frame_samples, GateOptions{}.frame_samples);
  EXPECT_EQ(defaults.window_frames, GateOptions{}.window_frames);
  EXPECT_EQ(defaults.open_frames, GateOptions{}.open_frames);
  EXPECT_EQ(defaults.preroll_frames, GateOptions{}.preroll_frames);
  EXPECT_EQ(defaults.hangover_frames, GateOptions{}.hangover_frames);

  const GateOptions thirty =
      make_gate_options({.window = 160ms, .open = 100ms, .preroll = 300ms, .hangover = 500ms}, 30);
  EXPECT_EQ(thirty.frame_samples, 480U);
  EXPECT_EQ(thirty.window_frames, 6U);
  EXPECT_EQ(thirty.open_frames, 4U);
  EXPECT_EQ(thirty.preroll_frames, 10U);
  EXPECT_EQ(thirty.hangover_frames, 17U);
}

TEST(GateDurations, of_nothing_still_make_a_gate) {
  const GateOptions least =
      make_gate_options({.window = 0ms, .open = 0ms, .preroll = 0ms, .hangover = 0ms}, 10);
  EXPECT_NO_THROW(VadGate{least});
  EXPECT_EQ(least.open_frames, 1U);
  EXPECT_EQ(least.hangover_frames, 1U);
  EXPECT_THROW((void)make_gate_options({.hangover = -1ms}, 20), CheckFailed);
  EXPECT_THROW((void)make_gate_options({}, 0), CheckFailed);
}

}  // namespace
}  // namespace livegate::audio
