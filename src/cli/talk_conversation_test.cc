#include "cli/talk_conversation.h"

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace livegate::cli {
namespace {

namespace json = boost::json;

constexpr int kRateHz = 16000;

// A person with a recording of 1 s, and a gateway played by the test, in time that only the test
// moves.
class Talking : public testing::Test, public TalkLine, public TalkListener {
 protected:
  Talking() { begin(Recording{kRateHz, std::vector<std::int16_t>(kRateHz, 1000)}); }

  void begin(Recording recording) {
    texts_.clear();
    audio_.clear();
    conversation_ = std::make_unique<Conversation>(
        TalkScript{.recording = std::move(recording), .answer_time_max = 5s}, *this, *this, now_);
  }

  // The gateway's side.
  void gateway(std::string_view message) { conversation_->on_text(message, now_); }
  void gateway_speaks(Millis time, std::int16_t value = 7) {
    const std::vector<std::int16_t> samples(static_cast<std::size_t>(24 * time.count()), value);
    conversation_->on_audio(
        {reinterpret_cast<const std::uint8_t*>(samples.data()), samples.size() * 2}, now_);
  }
  void gateway_is_ready() { gateway(R"({"type":"ready","session":"s1","upstream":"offline"})"); }
  void gateway_answers(int turn) {
    const std::string number = std::to_string(turn);
    gateway(R"({"type":"turn_started","turn":)" + number + "}");
    gateway_speaks(500ms);
    gateway(R"({"type":"turn_complete","turn":)" + number + R"(,"latency":{"end_to_end_ms":611}})");
  }
  void pass(Millis time) {
    for (const Instant end = now_ + time; now_ < end;) {
      now_ += Conversation::kTick;
      conversation_->tick(now_);
    }
  }

  [[nodiscard]] std::string outcome() const {
    return conversation_->outcome().value_or("(it goes on)");
  }
  [[nodiscard]] std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        texts_, [&](const json::value& text) { return text.at("type").as_string() == type; }));
  }
  [[nodiscard]] const json::value& last_text() const { return texts_.back(); }

  // TalkLine and TalkListener.
  bool send_text(std::string_view text) override {
    texts_.push_back(json::parse(text));
    return line_open_;
  }
  bool send_audio(std::span<const std::int16_t> samples) override {
    EXPECT_EQ(samples.size(), 320U);
    audio_.insert(audio_.end(), samples.begin(), samples.end());
    return line_open_;
  }
  void on_event(std::string_view message) override { events_.emplace_back(message); }
  void on_ready(const ServerEvent& ready) override { ready_session_ = ready.session; }
  void on_turn(const TurnRecord& turn) override { turns_.push_back(turn); }
  void on_note(const std::string& sentence) override { notes_.push_back(sentence); }

  Instant now_{1000s};
  bool line_open_ = true;
  std::vector<json::value> texts_;
  std::vector<std::int16_t> audio_;
  std::string ready_session_;
  std::vector<TurnRecord> turns_;
  std::vector<std::string> notes_;
  std::vector<std::string> events_;
  std::unique_ptr<Conversation> conversation_;
};

TEST_F(Talking, begins_with_start_and_waits_for_ready) {
  ASSERT_EQ(texts_.size(), 1U);
  EXPECT_EQ(texts_[0].at("type"), "start");
  EXPECT_EQ(texts_[0].at("rate"), kRateHz);
  EXPECT_EQ(texts_[0].at("tools").as_array().size(), 2U);
  pass(500ms);
  EXPECT_TRUE(audio_.empty());
  gateway_is_ready();
  EXPECT_EQ(ready_session_, "s1");
}

TEST_F(Talking, the_recording_leaves_in_real_time_and_silence_follows) {
  gateway_is_ready();
  pass(500ms);
  EXPECT_EQ(audio_.size(), 8000U);
  pass(1000ms);
  ASSERT_EQ(audio_.size(), 24000U);
  EXPECT_EQ(std::ranges::count(audio_, 1000), 16000);
  EXPECT_EQ(audio_[15999], 1000);
  EXPECT_EQ(audio_[16000], 0);
}

TEST_F(Talking, a_late_tick_sends_what_is_due_and_nothing_more) {
  gateway_is_ready();
  now_ += 130ms;
  conversation_->tick(now_);
  EXPECT_EQ(audio_.size(), 6 * 320U);
}

TEST_F(Talking, a_recording_that_is_no_whole_number_of_frames_is_padded) {
  begin(Recording{kRateHz, std::vector<std::int16_t>(330, 5)});
  gateway_is_ready();
  pass(60ms);
  EXPECT_EQ(std::ranges::count(audio_, 5), 330);
  EXPECT_EQ(audio_.size(), 960U);
}

TEST_F(Talking, ends_well_when_the_turn_is_complete) {
  gateway_is_ready();
  pass(1500ms);
  gateway(R"({"type":"transcript","role":"user","turn":1,"text":"dim the "})");
  gateway(R"({"type":"transcript","role":"user","turn":1,"text":"lights"})");
  gateway(R"({"type":"turn_started","turn":1})");
  gateway_speaks(800ms);
  gateway(R"({"type":"transcript","role":"model","turn":1,"text":"Done."})");
  gateway(R"({"type":"turn_complete","turn":1,"latency":{"end_to_end_ms":611,"gateway_ms":0.2}})");
  ASSERT_EQ(turns_.size(), 1U);
  EXPECT_EQ(turns_[0].heard, "dim the lights");
  EXPECT_EQ(turns_[0].said, "Done.");
  EXPECT_EQ(turns_[0].reply_samples, 24U * 800);
  EXPECT_EQ(turns_[0].latency.end_to_end_ms, 611);
  EXPECT_EQ(turns_[0].latency.gateway_ms, 0.2);
  EXPECT_FALSE(turns_[0].latency.decision_ms.has_value());
  pass(1000ms);
  EXPECT_EQ(last_text().at("type"), "stop");
  EXPECT_EQ(outcome(), "(it goes on)");
  gateway(R"({"type":"bye","reason":"stopped"})");
  conversation_->on_closed(1000, "");
  EXPECT_EQ(outcome(), "");
}

TEST_F(Talking, a_gateway_that_does_not_say_goodbye_is_not_waited_for) {
  gateway_is_ready();
  pass(1500ms);
  gateway_answers(1);
  pass(1000ms);
  EXPECT_EQ(count("stop"), 1U);
  pass(2000ms);
  EXPECT_EQ(outcome(), "");
}

TEST_F(Talking, does_not_stop_before_its_own_recording_is_over) {
  begin(Recording{kRateHz, std::vector<std::int16_t>(10 * kRateHz, 1000)});
  gateway_is_ready();
  pass(2000ms);
  gateway_answers(1);
  pass(7900ms);
  EXPECT_EQ(count("stop"), 0U);
  pass(1200ms);
  EXPECT_EQ(count("stop"), 1U);
}

TEST_F(Talking, waits_for_the_answer_to_everything_that_was_heard) {
  gateway_is_ready();
  pass(700ms);
  gateway_answers(1);
  gateway(R"({"type":"speech_started","at_ms":700})");
  pass(3000ms);
  EXPECT_EQ(count("stop"), 0U);
  gateway_answers(2);
  pass(20ms);
  EXPECT_EQ(count("stop"), 1U);
  EXPECT_EQ(turns_.size(), 2U);
}

TEST_F(Talking, answers_tool_calls_from_the_home) {
  gateway_is_ready();
  gateway(R"({"type":"turn_started","turn":1})");
  gateway(R"({"type":"tool_call","turn":1,"id":"call-1","name":"set_light",)"
          R"("args":{"room":"hall","brightness":30.0}})");
  EXPECT_EQ(last_text(), json::parse(R"({"type":"tool_result","id":"call-1","result":)"
                                     R"({"ok":true,"room":"hall","on":true,"brightness":30}})"));
  gateway(
      R"({"type":"tool_call","turn":1,"id":"call-2","name":"set_light","args":{"room":"moon"}})");
  EXPECT_EQ(last_text().at("id"), "call-2");
  EXPECT_TRUE(last_text().as_object().contains("error"));
  gateway(R"({"type":"tool_cancelled","id":"call-2"})");
  gateway(R"({"type":"turn_complete","turn":1,"latency":{}})");
  ASSERT_EQ(turns_.at(0).tools.size(), 2U);
  EXPECT_FALSE(turns_[0].tools[0].refused);
  EXPECT_EQ(turns_[0].tools[0].args_json, R"({"room":"hall","brightness":30})");
  EXPECT_TRUE(turns_[0].tools[1].refused);
  EXPECT_TRUE(turns_[0].tools[1].cancelled);
}

TEST_F(Talking, says_how_much_it_has_played_as_a_loudspeaker_would) {
  gateway_is_ready();
  gateway(R"({"type":"turn_started","turn":1})");
  gateway_speaks(1000ms);  // at once, as services do
  EXPECT_EQ(count("playback"), 0U);
  pass(400ms);
  EXPECT_EQ(count("playback"), 2U);
  EXPECT_EQ(last_text().at("samples"), 9600);
  pass(1000ms);
  EXPECT_EQ(last_text().at("samples"), 24000);
  EXPECT_EQ(count("playback"), 5U);
}

TEST_F(Talking, an_interruption_throws_away_what_was_not_played) {
  gateway_is_ready();
  gateway(R"({"type":"turn_started","turn":1})");
  gateway_speaks(3000ms, 1);
  pass(500ms);
  gateway(R"({"type":"transcript","role":"user","turn":2,"text":"stop"})");
  gateway(R"({"type":"interrupted","turn":1})");
  gateway(R"({"type":"turn_complete","turn":1,"cut_off":true,"latency":{}})");
  ASSERT_EQ(turns_.size(), 1U);
  EXPECT_TRUE(turns_[0].interrupted);
  EXPECT_EQ(turns_[0].reply_samples, 12000U);
  EXPECT_EQ(conversation_->replies().size(), 12000U);
  gateway(R"({"type":"turn_started","turn":2})");
  gateway_speaks(100ms, 2);
  gateway(R"({"type":"turn_complete","turn":2,"latency":{}})");
  EXPECT_EQ(turns_.at(1).heard, "stop");
  EXPECT_EQ(conversation_->replies().size(), 14400U);
  EXPECT_EQ(conversation_->replies().back(), 2);
}

TEST_F(Talking, a_complete_reply_can_still_be_interrupted_while_it_plays) {
  gateway_is_ready();
  gateway_answers(1);
  pass(100ms);
  gateway(R"({"type":"interrupted","turn":1})");
  EXPECT_EQ(conversation_->replies().size(), 2400U);
  EXPECT_EQ(notes_.size(), 1U);
}

TEST_F(Talking, audio_outside_a_turn_is_not_kept) {
  gateway_is_ready();
  gateway_speaks(100ms);
  gateway_answers(1);
  gateway_speaks(100ms);
  EXPECT_EQ(conversation_->replies().size(), 24U * 500);
}

TEST_F(Talking, says_what_went_wrong_in_one_sentence) {
  struct Case {
    const char* message;
    const char* sentence;
  };
  for (const Case& one :
       {Case{R"({"type":"error","code":"unauthorized","message":"No token.","fatal":true})",
             "The gateway wants a user token that it knows: No token. Give one with --token."},
        Case{R"({"type":"error","code":"server_full","message":"It is full.","fatal":true})",
             "The gateway refused: It is full."},
        Case{R"({"type":"bye","reason":"draining"})",
             "The gateway ended the conversation: draining."},
        Case{"<html>", "What answered there does not speak livegate.v1."},
        Case{R"({"no":"type"})", "What answered there does not speak livegate.v1."}}) {
    begin(Recording{kRateHz, std::vector<std::int16_t>(320)});
    gateway(one.message);
    EXPECT_EQ(outcome(), one.sentence);
  }
}

TEST_F(Talking, a_lost_connection_is_a_failure_unless_it_was_stopping) {
  gateway_is_ready();
  conversation_->on_closed(1011, "oops");
  EXPECT_EQ(outcome(), "The connection to the gateway was lost (1011, oops).");
}

TEST_F(Talking, a_gateway_that_is_never_ready_is_given_up) {
  pass(30s);
  EXPECT_EQ(outcome(), "The gateway was not ready within 25 s.");
}

TEST_F(Talking, no_answer_within_the_time_says_why_where_it_can) {
  gateway_is_ready();
  pass(6100ms);
  EXPECT_EQ(outcome(), "No answer within 5 s: the gateway heard no speech in the recording.");

  begin(Recording{kRateHz, std::vector<std::int16_t>(320, 1)});
  gateway_is_ready();
  gateway(R"({"type":"speech_started","at_ms":0})");
  pass(6100ms);
  EXPECT_EQ(outcome(), "No answer within 5 s of the end of the recording.");

  begin(Recording{kRateHz, std::vector<std::int16_t>(320, 1)});
  gateway_is_ready();
  gateway(R"({"type":"turn_started","turn":1})");
  gateway_speaks(100ms);
  pass(6100ms);
  EXPECT_EQ(outcome(), "The reply began, but did not come to its end within 5 s.");
}

TEST_F(Talking, a_turn_without_audio_is_not_enough) {
  gateway_is_ready();
  gateway(R"({"type":"turn_started","turn":1})");
  gateway(R"({"type":"text","turn":1,"text":"Only written."})");
  gateway(R"({"type":"turn_complete","turn":1,"latency":{}})");
  EXPECT_EQ(turns_.at(0).written, "Only written.");
  pass(7s);
  EXPECT_EQ(outcome(), "The turn was completed, but without audio.");
}

TEST_F(Talking, after_a_holding_line_the_answer_is_waited_for) {
  gateway_is_ready();
  pass(1500ms);
  gateway(R"({"type":"turn_started","turn":1})");
  gateway_speaks(500ms);
  gateway(R"({"type":"no_answer","turn":1,"reason":"holding_line","message":"At work."})");
  gateway(R"({"type":"turn_complete","turn":1,"latency":{}})");
  EXPECT_EQ(notes_, std::vector<std::string>{"At work."});
  pass(4s);
  EXPECT_EQ(outcome(), "(it goes on)");
  gateway_answers(2);
  pass(2s);
  EXPECT_EQ(count("stop"), 1U);
  EXPECT_EQ(turns_.size(), 2U);
}

TEST_F(Talking, a_reply_that_says_nothing_is_told_and_is_no_answer) {
  gateway_is_ready();
  gateway(R"({"type":"turn_started","turn":1})");
  gateway_speaks(100ms);
  gateway(R"({"type":"no_answer","turn":1,"reason":"no_speech","message":"It said nothing."})");
  gateway(R"({"type":"turn_complete","turn":1,"latency":{}})");
  EXPECT_EQ(notes_, std::vector<std::string>{"It said nothing."});
  pass(7s);
  EXPECT_EQ(outcome(), "It said nothing.");
}

TEST_F(Talking, an_unanswered_end_is_told_but_what_was_answered_counts) {
  gateway_is_ready();
  pass(1500ms);
  gateway_answers(1);
  gateway(R"({"type":"speech_started","at_ms":700})");
  pass(8s);
  EXPECT_EQ(notes_.size(), 1U);
  EXPECT_EQ(outcome(), "");
}

TEST_F(Talking, what_does_not_end_the_conversation_is_only_told) {
  gateway_is_ready();
  gateway(R"({"type":"error","code":"busy","message":"Slowly.","fatal":false})");
  gateway(R"({"type":"reconnecting","reason":"lost","attempt":1,"retry_in_ms":500})");
  gateway(R"({"type":"reconnected","resumed":true,"dropped_ms":0})");
  gateway(R"({"type":"of_a_later_version"})");
  EXPECT_EQ(notes_.size(), 3U);
  EXPECT_EQ(events_.back(), R"({"type":"of_a_later_version"})");
  EXPECT_EQ(outcome(), "(it goes on)");
}

TEST_F(Talking, a_line_that_takes_no_more_ends_it) {
  gateway_is_ready();
  line_open_ = false;
  pass(20ms);
  EXPECT_EQ(outcome(), "The gateway takes no more audio.");
}

}  // namespace
}  // namespace livegate::cli
