#include "session/turn_taking.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

constexpr std::string_view kLive = "models/gemini-3.8-live";
constexpr std::string_view kFlash = "models/gemini-3.1-flash-live-preview";

class TurnTakingTest : public testing::Test {
 protected:
  TurnTaking choose(ClientKind client, std::string_view model = kLive, bool marks = false) {
    return choose_turn_taking(client, options, setup, marks, proto::profile_of(model));
  }

  UplinkOptions options{.mode = UplinkMode::automatic, .graded = true};
  proto::Setup setup;
};

TEST_F(TurnTakingTest, a_client_that_leaves_the_detector_alone_is_served_by_ours) {
  EXPECT_EQ(choose(ClientKind::live).mode, UplinkMode::turns);
  EXPECT_EQ(choose(ClientKind::native).mode, UplinkMode::turns);
}

TEST_F(TurnTakingTest, a_client_that_tunes_the_detector_is_heard_by_it_whole) {
  setup.activity_detection.silence_duration_ms = 300;
  const TurnTaking chosen = choose(ClientKind::live);
  EXPECT_EQ(chosen.mode, UplinkMode::open);
  EXPECT_TRUE(chosen.listens);
  options.mode = UplinkMode::turns;
  EXPECT_EQ(choose(ClientKind::live).mode, UplinkMode::open) << "also where turns is asked for";
}

TEST_F(TurnTakingTest, a_detector_that_cannot_end_turns_alone_gates) {
  options.graded = false;
  EXPECT_EQ(choose(ClientKind::native).mode, UplinkMode::gate);
  EXPECT_EQ(choose(ClientKind::live).mode, UplinkMode::gate);
  options.detects = false;
  EXPECT_EQ(choose(ClientKind::live).mode, UplinkMode::open);
}

TEST_F(TurnTakingTest, silence_ends_the_turn_where_the_mark_does_not) {
  options.graded = false;
  EXPECT_EQ(choose(ClientKind::native, kLive).silence, 1500ms);
  EXPECT_EQ(choose(ClientKind::native, "models/not-seen-yet").silence, 1500ms);
  EXPECT_EQ(choose(ClientKind::native, kFlash).silence, 0ms);
}

TEST_F(TurnTakingTest, an_app_on_the_models_detector_is_cut_short_by_no_mark_of_ours) {
  options.graded = false;
  EXPECT_EQ(choose(ClientKind::live, kFlash).silence, 1500ms);
}

TEST_F(TurnTakingTest, the_clients_own_silence_is_waited_for_where_the_model_takes_it) {
  options.mode = UplinkMode::gate;
  setup.activity_detection.silence_duration_ms = 2000;
  EXPECT_EQ(choose(ClientKind::live, kLive).silence, 2500ms);
  EXPECT_EQ(choose(ClientKind::live, kFlash).silence, 1500ms) << "3.1 ignores it";
}

TEST_F(TurnTakingTest, a_client_that_marks_its_own_activity_is_not_listened_to) {
  const TurnTaking chosen = choose(ClientKind::live, kLive, /*marks=*/true);
  EXPECT_EQ(chosen.mode, UplinkMode::open);
  EXPECT_FALSE(chosen.listens);
  EXPECT_EQ(chosen.silence, 0ms);
}

TEST_F(TurnTakingTest, a_model_that_speaks_continuously_is_sent_everything_and_never_cut_off) {
  const TurnTaking chosen = choose(ClientKind::native, "models/gemini-3.5-live-translate-preview");
  EXPECT_EQ(chosen.mode, UplinkMode::open);
  EXPECT_FALSE(chosen.listens);
  EXPECT_FALSE(chosen.cut_in);
}

TEST_F(TurnTakingTest, what_was_chosen_has_a_reason) {
  for (const auto mode :
       {UplinkMode::automatic, UplinkMode::turns, UplinkMode::gate, UplinkMode::open}) {
    options.mode = mode;
    EXPECT_FALSE(choose(ClientKind::live).why.empty()) << name(mode);
    EXPECT_NE(choose(ClientKind::live).mode, UplinkMode::automatic);
  }
}

}  // namespace
}  // namespace livegate::session
