#include <gmock/gmock.h>

#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;

LiveSessionOptions with(Fault fault, double chance = 1.0) {
  LiveSessionOptions options{.id = 1};
  options.settings.faults[fault] = chance;
  return options;
}

TEST(LiveSessionFaults, a_frozen_turn_sends_nothing_and_the_next_input_is_drawn_anew) {
  Conversation talk(with(Fault::freeze, 0.5));
  talk.connects();
  int silent = 0;
  for (int i = 0; i < 100; ++i) {
    talk.forget();
    talk.types("what can you do");
    talk.passes(5s);
    silent += talk.facts.empty() ? 1 : 0;
  }
  EXPECT_GT(silent, 30);
  EXPECT_LT(silent, 70);
  EXPECT_EQ(talk.session->conversation()->turns, 100u);
  EXPECT_EQ(talk.session->conversation()->turns_complete, static_cast<std::uint64_t>(100 - silent));
}

TEST(LiveSessionFaults, a_blank_line_asks_again_for_what_was_never_answered) {
  LiveSessionOptions options = with(Fault::freeze, 0.5);
  Conversation talk(options);
  talk.connects_with_light();
  bool nudged = false;
  for (int i = 0; i < 40 && !nudged; ++i) {
    talk.forget();
    talk.types("turn on the kitchen light");
    nudged = talk.facts.empty();
    for (int j = 0; j < 40 && talk.facts.empty(); ++j) {
      talk.sends(R"({"realtimeInput":{"text":" "}})");
    }
    ASSERT_EQ(talk.count("toolCall"), 1u);
    talk.answers_call(talk.last("toolCall").text);
    talk.passes(5s);
  }
  EXPECT_TRUE(nudged) << "no turn was frozen";
}

TEST(LiveSessionFaults, equal_seeds_freeze_equal_turns) {
  const auto run = [](std::uint64_t seed) {
    LiveSessionOptions options = with(Fault::freeze, 0.5);
    options.settings.seed = seed;
    Conversation talk(options);
    talk.connects();
    std::string answered;
    for (int i = 0; i < 40; ++i) {
      talk.forget();
      talk.types("hello");
      talk.passes(5s);
      answered += talk.facts.empty() ? '.' : 'x';
    }
    return answered;
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
}

TEST(LiveSessionFaults, a_reply_that_freezes_has_sound_and_no_end_until_somebody_speaks) {
  Conversation talk(with(Fault::freeze_mid_turn));
  talk.connects();
  talk.speech_length = 4s;
  talk.types("hello");
  talk.passes(30s);
  EXPECT_THAT(talk.story(), ElementsAre("setupComplete", "audio"));
  EXPECT_LT(talk.audio_samples(), 4u * 24000u);
  talk.types("hello");
  EXPECT_THAT(talk.story(),
              ElementsAre("setupComplete", "audio", "interrupted", "turnComplete", "audio"));
}

TEST(LiveSessionFaults, a_frozen_connection_hears_and_says_nothing_more) {
  Conversation talk(with(Fault::freeze_connection));
  talk.connects();
  talk.types("hello");
  talk.says_something();
  talk.types("hello");
  talk.passes(30s);
  EXPECT_THAT(talk.story(), ElementsAre("setupComplete"));
  EXPECT_FALSE(talk.closed);
  EXPECT_EQ(talk.session->conversation()->audio_samples, 16u * 1600u);
}

TEST(LiveSessionFaults, a_premature_end_leaves_the_rest_unsaid) {
  Conversation talk(with(Fault::premature_complete));
  talk.connects();
  talk.speech_length = 5s;
  talk.types("hello");
  talk.passes(30s);
  EXPECT_THAT(talk.story(),
              ElementsAre("setupComplete", "audio", "generationComplete", "turnComplete"));
  EXPECT_LT(talk.audio_samples(), 5u * 24000u / 2);
}

TEST(LiveSessionFaults, an_empty_turn_ends_without_a_word) {
  Conversation talk(with(Fault::empty_turn));
  talk.connects();
  talk.types("hello");
  talk.passes(5s);
  EXPECT_THAT(talk.story(), ElementsAre("setupComplete", "turnComplete"));
}

TEST(LiveSessionFaults, an_internal_error_closes_1011_in_mid_word) {
  Conversation talk(with(Fault::internal_error));
  talk.connects();
  talk.speech_length = 5s;
  talk.types("hello");
  talk.passes(5s);
  EXPECT_THAT(talk.story(), ElementsAre("setupComplete", "audio"));
  ASSERT_TRUE(talk.closed);
  EXPECT_EQ(talk.closed->code, 1011);
}

TEST(LiveSessionFaults, a_dropped_connection_ends_without_a_close) {
  Conversation talk(with(Fault::drop));
  talk.connects();
  talk.types("hello");
  talk.passes(5s);
  EXPECT_TRUE(talk.dropped);
  EXPECT_FALSE(talk.closed);
  EXPECT_FALSE(talk.session->next_deadline());
}

TEST(LiveSessionFaults, a_transcript_and_a_call_may_come_twice) {
  LiveSessionOptions options = with(Fault::duplicate_transcript);
  options.settings.faults[Fault::duplicate_call] = 1;
  Conversation talk(options);
  talk.connects_with_light(R"("inputAudioTranscription":{})");
  talk.says_something();
  talk.recogniser_hears("turn on the kitchen light");
  EXPECT_EQ(talk.count("input"), 2u);
  const auto ids = ids_of(talk.facts, "toolCall");
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids[0], ids[1]);
}

TEST(LiveSessionFaults, audio_during_an_open_call_closes_1008) {
  Conversation talk(with(Fault::close_on_audio));
  talk.connects_with_light();
  talk.types("turn on the kitchen light");
  ASSERT_EQ(talk.count("toolCall"), 1u);
  talk.is_quiet(20ms);
  ASSERT_TRUE(talk.closed);
  EXPECT_EQ(talk.closed->code, 1008);
  EXPECT_EQ(talk.closed->reason, "The operation was aborted.");
}

TEST(LiveSessionFaults, a_slow_pong_takes_8_to_30_seconds_and_keeps_its_payload) {
  Conversation talk(with(Fault::slow_pong));
  talk.connects();
  talk.pings("payload");
  talk.passes(7900ms);
  EXPECT_TRUE(talk.pongs.empty());
  talk.passes(22100ms);
  EXPECT_THAT(talk.pongs, ElementsAre("payload"));
}

TEST(LiveSessionFaults, a_pong_is_prompt_otherwise_even_before_the_setup) {
  Conversation talk;
  talk.pings("a");
  EXPECT_THAT(talk.pongs, ElementsAre("a"));
}

TEST(LiveSessionFaults, a_setup_that_is_never_answered_keeps_the_connection_open) {
  Conversation talk(with(Fault::silent_setup));
  talk.connects();
  talk.types("hello");
  talk.passes(60s);
  EXPECT_TRUE(talk.facts.empty());
  EXPECT_FALSE(talk.closed);
}

TEST(LiveSessionFaults, row_43_an_old_connection_says_go_away_and_then_aborts) {
  LiveSessionOptions options{.id = 1};
  options.settings.connection_age = 600s;
  Conversation talk(options);
  talk.connects();
  talk.passes(549s);
  EXPECT_EQ(talk.count("goAway"), 0u);
  talk.passes(1s);
  EXPECT_EQ(talk.last("goAway").text, "50000");
  talk.passes(49s);
  EXPECT_FALSE(talk.closed);
  talk.passes(1s);
  ASSERT_TRUE(talk.closed);
  EXPECT_EQ(talk.closed->code, 1008);
  EXPECT_EQ(talk.closed->reason,
            "Connection aborted because the client failed to close the connection after receiving "
            "a GoAway signal once the session durat");
}

TEST(LiveSessionFaults, a_connection_younger_than_its_warning_says_go_away_at_once) {
  LiveSessionOptions options{.id = 1};
  options.settings.connection_age = 2s;
  Conversation talk(options);
  talk.connects();
  EXPECT_EQ(talk.last("goAway").text, "2000");
}

TEST(LiveSessionFaults, go_away_in_mid_word_lets_the_reply_go_on) {
  LiveSessionOptions options = with(Fault::go_away);
  options.settings.go_away_before = 60s;
  Conversation talk(options);
  talk.connects();
  talk.speech_length = 4s;
  talk.types("hello");
  talk.passes(30s);
  EXPECT_THAT(talk.story(), ElementsAre("setupComplete", "audio", "goAway", "audio",
                                        "generationComplete", "turnComplete"));
}

TEST(LiveSessionFaults, setup_and_first_sound_take_as_long_as_they_are_set_to) {
  LiveSessionOptions options{.id = 1};
  options.settings.setup_delay = 200ms;
  options.settings.first_audio = 1200ms;
  Conversation talk(options);
  talk.connects();
  talk.types("hello");  // early: held until the setup is complete
  talk.passes(199ms);
  EXPECT_TRUE(talk.facts.empty());
  talk.passes(1ms);
  EXPECT_THAT(talk.story(), ElementsAre("setupComplete"));
  talk.passes(1199ms);
  EXPECT_EQ(talk.count("audio"), 0u);
  talk.passes(1ms);
  EXPECT_EQ(talk.count("audio"), 1u);
}

TEST(LiveSessionFaults, hearing_the_end_of_speech_is_part_of_the_time_to_the_first_sound) {
  LiveSessionOptions options{.id = 1};
  options.settings.first_audio = 1200ms;
  Conversation talk(options);
  talk.connects();
  talk.speaks(1s);
  const Instant ended_at = talk.now;
  talk.is_quiet(600ms);
  talk.recogniser_hears("hello");
  talk.passes(5s);
  EXPECT_NEAR(static_cast<double>(elapsed(ended_at, talk.facts[1].at).count()), 1200, 40);
  EXPECT_EQ(talk.facts[1].what, "audio");
}

}  // namespace
}  // namespace livegate::offline
