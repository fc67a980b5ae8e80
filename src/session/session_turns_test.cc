// Calls in which Livegate says when the person has finished (mode `turns`): brackets, ends that are
// announced early and taken back, and what the person heard of a reply.

#include "base/limits.h"
#include "session/session_fixture.h"

namespace livegate::session {
namespace {

using testing::HasSubstr;

class TurnsCall : public CallTest {
 protected:
  void begin_turns(ClientKind kind = ClientKind::native, double vain_share = 0.3) {
    SessionConfig config{.client = kind};
    config.uplink.mode = UplinkMode::turns;
    config.uplink.speculative_share_max = vain_share;
    config.uplink.endpointer = turn::with_hangover(turn::verdict_options(), 800ms);
    config.uplink.endpointer.early_end = 240ms;
    begin(std::move(config));
    client_sends(kind == ClientKind::native ? native_start : R"({"setup":{"model":"models/m"}})");
    upstream_opens();
  }
  void begin_turns_ready(ClientKind kind = ClientKind::native, double vain_share = 0.3) {
    begin_turns(kind, vain_share);
    upstream_says(R"({"setupComplete":{}})");
    forget();
  }
  void reply_ends() {
    upstream_says(R"({"serverContent":{"generationComplete":true}})");
    upstream_says(R"({"serverContent":{"turnComplete":true}})");
  }
  std::string native_start = R"({"type":"start"})";
  [[nodiscard]] std::size_t brackets_opened() const { return upstream_heard("activityStart"); }
  [[nodiscard]] std::size_t brackets_closed() const { return upstream_heard("activityEnd"); }
};

TEST_F(TurnsCall, the_models_own_detection_is_off_and_speech_is_bracketed) {
  begin_turns();
  EXPECT_THAT(upstream_texts.front(),
              HasSubstr(R"("automaticActivityDetection":{"disabled":true})"));
  EXPECT_THAT(upstream_texts.front(), HasSubstr(R"("turnCoverage":"TURN_INCLUDES_ALL_INPUT")"))
      << "the model's default might leave the speech out";
  upstream_says(R"({"setupComplete":{}})");
  forget();
  client_is_silent(500ms);
  EXPECT_TRUE(upstream_texts.empty());
  client_speaks(500ms);
  ASSERT_GE(upstream_texts.size(), 2u);
  EXPECT_THAT(upstream_texts[0], HasSubstr("activityStart"));
  EXPECT_THAT(upstream_texts[1], HasSubstr("audio"));
  EXPECT_EQ(brackets_closed(), 0u);
  client_is_silent(1s);
  EXPECT_EQ(brackets_opened(), 1u);
  EXPECT_EQ(brackets_closed(), 1u);
  EXPECT_FALSE(upstream_was_told("audioStreamEnd"));
}

TEST_F(TurnsCall, an_end_is_announced_before_it_is_final_and_the_answer_waits_until_it_is) {
  begin_turns_ready();
  client_speaks(500ms);
  client_is_silent(400ms);
  EXPECT_EQ(brackets_closed(), 1u);
  EXPECT_FALSE(client_was_told("speech_ended"));
  upstream_says(R"({"serverContent":{"inputTranscription":{"text":"hello"}}})");
  reply_audio();
  upstream_says(R"({"serverContent":{"outputTranscription":{"text":"Hi."}}})");
  EXPECT_TRUE(client_was_told("hello")) << "the person's words are no part of the answer";
  EXPECT_FALSE(client_was_told("turn_started"));
  EXPECT_EQ(client_audio_bytes, 0u);
  const std::size_t sent_before = upstream_texts.size();
  client_is_silent(600ms);
  EXPECT_EQ(upstream_texts.size(), sent_before) << "silence is not sent";
  EXPECT_TRUE(client_was_told("speech_ended"));
  EXPECT_TRUE(client_was_told("turn_started"));
  EXPECT_TRUE(client_was_told("Hi."));
  EXPECT_EQ(client_audio_bytes, 6u);
  reply_audio();
  EXPECT_EQ(client_audio_bytes, 12u);
}

TEST_F(TurnsCall, whoever_goes_on_hears_nothing_of_the_answer_to_the_first_half) {
  begin_turns_ready();
  client_speaks(500ms);
  client_is_silent(400ms);
  reply_audio();
  client_speaks(500ms);
  EXPECT_EQ(brackets_opened(), 2u);
  EXPECT_EQ(session->counters().ends_retracted, 1u);
  reply_audio();  // still of the first answer
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  EXPECT_EQ(client_audio_bytes, 0u);
  EXPECT_FALSE(client_was_told("interrupted"));
  EXPECT_FALSE(client_was_told("turn_complete"));
  client_is_silent(1s);
  EXPECT_EQ(brackets_closed(), 2u);
  reply_audio();
  EXPECT_EQ(client_audio_bytes, 6u);
  EXPECT_TRUE(client_was_told(R"("type":"turn_started","turn":1)"));
}

// Found by livegate sim: the speech went first, to a model that waited for its tool.
TEST_F(TurnsCall, a_call_that_answers_half_a_sentence_is_refused_before_the_other_half_is_sent) {
  native_start =
      R"({"type":"start","model":"gemini-2.5-flash-native-audio-latest","tools":[{"name":"lamp"}]})";
  begin_turns_ready();
  client_speaks(500ms);
  client_is_silent(400ms);
  EXPECT_EQ(brackets_closed(), 1u);
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"lamp","args":{}}]}})");
  forget();
  client_speaks(500ms);
  ASSERT_GT(upstream_texts.size(), 3u);
  EXPECT_THAT(upstream_texts[0], HasSubstr("The person has interrupted."));
  EXPECT_THAT(upstream_texts[1], HasSubstr("activityStart"));
  EXPECT_THAT(upstream_texts[2], HasSubstr("audio"));
  EXPECT_FALSE(client_was_told("tool_call"));
  client_is_silent(1s);
  EXPECT_EQ(brackets_closed(), 1u);
}

TEST_F(TurnsCall, an_answer_too_large_to_be_held_is_not_asked_for_again) {
  treats_stalls = true;
  SessionConfig config{.client = ClientKind::native, .watchdog = {.first_audio = 300ms}};
  config.uplink.mode = UplinkMode::turns;
  config.uplink.speculative_share_max = 0.3;
  config.uplink.endpointer = turn::with_hangover(turn::verdict_options(), 800ms);
  config.uplink.endpointer.early_end = 240ms;
  begin(std::move(config));
  client_sends(native_start);
  upstream_comes_up();
  client_speaks(500ms);
  client_is_silent(300ms);
  ASSERT_EQ(brackets_closed(), 1u);
  const std::string second(64'000, 'A');
  for (std::size_t held = 0; held <= limits::kHeldReplyBytesMax; held += second.size()) {
    upstream_says(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
        second + R"("}}]}}})");
  }
  EXPECT_TRUE(client_was_told("turn_started")) << "there is no room for more";
  reply_ends();
  forget();
  client_is_silent(10s);
  EXPECT_TRUE(client_was_told("speech_ended"));
  EXPECT_THAT(upstream_texts, testing::IsEmpty()) << "it has been answered";
}

// Found by livegate sim: it was reprompted and told everything again.
TEST_F(TurnsCall, a_model_whose_answer_is_held_is_not_stalling) {
  treats_stalls = true;
  SessionConfig config{.client = ClientKind::native, .watchdog = {.first_audio = 300ms}};
  config.uplink.mode = UplinkMode::turns;
  config.uplink.speculative_share_max = 0.3;
  config.uplink.endpointer = turn::with_hangover(turn::verdict_options(), 800ms);
  config.uplink.endpointer.early_end = 240ms;
  begin(std::move(config));
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  client_speaks(500ms);
  client_is_silent(300ms);
  reply_audio();
  EXPECT_EQ(client_audio_bytes, 0u) << "it is held";
  forget();
  client_is_silent(700ms);
  EXPECT_GT(client_audio_bytes, 0u);
  EXPECT_TRUE(upstream_texts.empty());
}

TEST_F(TurnsCall, a_pause_costs_no_sample_and_doubles_none) {
  const auto forwarded = [this](double vain_share) {
    begin_turns_ready(ClientKind::native, vain_share);
    client_is_silent(1s);
    client_speaks(500ms);
    client_is_silent(500ms);
    client_speaks(500ms);
    client_is_silent(1s);
    return session->counters().samples_forwarded;
  };
  const auto plain = forwarded(0);
  EXPECT_EQ(brackets_closed(), 1u);
  const auto early = forwarded(0.3);
  EXPECT_EQ(brackets_opened(), 2u);
  EXPECT_EQ(brackets_closed(), 2u);
  EXPECT_EQ(early, plain);
}

TEST_F(TurnsCall, the_budget_of_replies_in_vain_fills_with_turns_that_were_over) {
  begin_turns_ready(ClientKind::native, 0.5);
  const auto hesitates = [this] {
    client_speaks(400ms);
    client_is_silent(400ms);
    client_speaks(400ms);
    client_is_silent(1s);
  };
  hesitates();
  EXPECT_EQ(session->counters().ends_retracted, 1u);
  hesitates();  // half a reply was saved up
  EXPECT_EQ(session->counters().ends_retracted, 1u);
  hesitates();
  EXPECT_EQ(session->counters().ends_retracted, 2u);
}

TEST_F(TurnsCall, a_connection_lost_in_mid_speech_gets_a_bracket_of_its_own) {
  begin_turns_ready();
  client_speaks(500ms);
  upstream_dies();
  client_speaks(300ms);
  passes(1s);
  upstream_opens();
  forget();
  upstream_says(R"({"setupComplete":{}})");
  ASSERT_GE(upstream_texts.size(), 2u);
  EXPECT_THAT(upstream_texts[0], HasSubstr("activityStart"));
}

TEST_F(TurnsCall, a_reply_too_large_to_hold_is_let_through) {
  begin_turns_ready();
  client_speaks(500ms);
  client_is_silent(400ms);
  const std::string words(300 * 1024, 'x');
  for (int i = 0; i < 3; ++i) {
    upstream_says(R"({"serverContent":{"outputTranscription":{"text":")" + words + R"("}}})");
  }
  EXPECT_FALSE(client_was_told("turn_started"));
  upstream_says(R"({"serverContent":{"outputTranscription":{"text":")" + words + R"("}}})");
  EXPECT_TRUE(client_was_told("turn_started"));
  EXPECT_EQ(client_texts.size(), 2u + 4u) << "speech_started, turn_started and four pieces";
}

TEST_F(TurnsCall, an_answer_is_released_when_the_microphone_falls_silent_for_good) {
  begin_turns_ready();
  client_speaks(500ms);
  client_is_silent(400ms);
  reply_audio();
  passes(2s);  // no audio comes any more
  EXPECT_EQ(client_audio_bytes, 6u);
}

TEST_F(TurnsCall, an_answer_that_is_held_dies_with_its_connection) {
  begin_turns_ready();
  client_speaks(500ms);
  client_is_silent(400ms);
  reply_audio();
  upstream_dies(1011, "Internal error encountered.");
  forget();
  passes(1100ms);  // the microphone has fallen silent: the end is final
  EXPECT_TRUE(client_was_told("speech_ended"));
  EXPECT_FALSE(client_was_told("turn_started"));
  EXPECT_EQ(client_audio_bytes, 0u);
}

TEST_F(TurnsCall, speech_over_a_reply_is_told_with_what_of_it_was_heard) {
  begin_turns_ready();
  const std::string second(64000, 'A');  // 48000 bytes of zeros: a second
  const auto audio = [&] {
    upstream_says(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
        second + R"("}}]}}})");
  };
  upstream_says(R"({"serverContent":{"outputTranscription":{"text":"Once upon a time "}}})");
  audio();
  audio();
  audio();
  upstream_says(R"({"serverContent":{"outputTranscription":{"text":"there was a king."}}})");
  audio();
  upstream_says(R"({"serverContent":{"generationComplete":true}})");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  client_is_silent(2s);
  forget();
  client_speaks(400ms);
  EXPECT_TRUE(client_was_told(R"("type":"duck","turn":1)"));
  EXPECT_TRUE(client_was_told(R"("type":"interrupted","turn":1,"heard_ms":2)"))
      << "two seconds and something";
  EXPECT_TRUE(client_was_told(R"("heard":"Once upon a time ")"));
  EXPECT_EQ(brackets_opened(), 1u);
  EXPECT_EQ(session->counters().interruptions, 1u);
}

TEST_F(TurnsCall, a_reply_that_has_been_played_is_not_interrupted) {
  begin_turns_ready();
  reply_audio();
  reply_ends();
  client_is_silent(1s);
  client_speaks(500ms);
  EXPECT_FALSE(client_was_told("interrupted"));
  EXPECT_EQ(brackets_opened(), 1u);
}

TEST_F(TurnsCall, a_short_noise_over_a_reply_ducks_it_and_is_not_sent) {
  begin_turns_ready();
  reply_audio();
  client_is_silent(3s);
  forget();
  client_speaks(60ms);
  client_is_silent(1500ms);
  EXPECT_TRUE(client_was_told("\"duck\""));
  EXPECT_TRUE(client_was_told("unduck"));
  EXPECT_FALSE(client_was_told("interrupted"));
  EXPECT_TRUE(upstream_texts.empty());
}

TEST_F(TurnsCall, where_nobody_may_cut_in_speech_over_a_reply_is_sent_and_nothing_is_cut_off) {
  SessionConfig config{.client = ClientKind::native};
  config.uplink.mode = UplinkMode::gate;
  config.uplink.cut_in = false;
  begin(std::move(config));
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  reply_audio();
  client_is_silent(1s);
  client_speaks(500ms);
  EXPECT_FALSE(client_was_told("interrupted"));
  EXPECT_TRUE(upstream_was_told("audio"));
}

TEST_F(TurnsCall, an_app_that_tunes_the_services_detector_keeps_it) {
  SessionConfig config{.client = ClientKind::live};
  config.uplink.mode = UplinkMode::turns;
  begin(std::move(config));
  client_sends(
      R"({"setup":{"realtimeInputConfig":{"automaticActivityDetection":{"silenceDurationMs":300}}}})");
  upstream_opens();
  EXPECT_THAT(upstream_texts.front(), Not(HasSubstr("disabled")));
  EXPECT_THAT(upstream_texts.front(), HasSubstr("300"));
}

TEST_F(TurnsCall, an_app_on_the_live_api_is_told_of_a_barge_in_once_and_before_the_model_is) {
  begin_turns_ready(ClientKind::live);
  reply_audio();
  const auto speaks = [this](double amplitude, int packets) {
    std::vector<std::int16_t> samples(320);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = static_cast<std::int16_t>(i % 40 < 20 ? amplitude : -amplitude);
    }
    std::string wire;
    proto::append_realtime_audio(wire, samples, 16000);
    for (int i = 0; i < packets; ++i) {
      client_sends(wire);
      passes(20ms);
    }
  };
  speaks(0, 100);
  forget();
  speaks(8000, 25);
  EXPECT_EQ(client_texts.size(), 1u);
  EXPECT_TRUE(client_was_told("\"interrupted\": true"));
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  EXPECT_EQ(client_texts.size(), 1u) << "it knows";
  reply_audio();
  EXPECT_EQ(client_texts.size(), 1u) << "stale";
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  EXPECT_TRUE(client_was_told("turnComplete"));
}

// Syllables: bursts of noise, three a second, that `seed` makes different from each other.
std::vector<std::int16_t> syllables(Millis length, int rate_hz, double amplitude,
                                    std::uint64_t seed) {
  Rng rng(seed);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(length.count() * rate_hz / 1000));
  double rate = 3;
  double phase = 0;
  for (auto& sample : samples) {
    phase += rate / rate_hz;
    if (phase >= 1) {
      phase -= 1;
      rate = 2 + 3 * rng.uniform();
    }
    const double envelope = std::max(0.0, std::sin(2 * std::numbers::pi * phase));
    sample = static_cast<std::int16_t>(amplitude * envelope * (2 * rng.uniform() - 1));
  }
  return samples;
}

TEST_F(TurnsCall, whose_echo_is_cancelled_may_cut_into_the_first_reply_from_its_beginning) {
  SessionConfig config{.client = ClientKind::native};
  begin(std::move(config));
  client_sends(R"({"type":"start","echo_cancellation":true})");
  upstream_comes_up();
  const auto reply = syllables(6s, 24000, 6000, 1);
  std::string wire;
  proto::append_server_audio(wire, reply, 24000);
  upstream_says(wire);
  client_plays(10, 20ms);  // a quiet microphone: headphones, or an echo cancelled
  const auto speech = syllables(3s, 16000, 6000, 2);
  Millis until{0};
  for (; until < 3s && !client_was_told("interrupted"); until += 20ms) {
    const auto* const bytes = reinterpret_cast<const char*>(speech.data() + until.count() * 16);
    client_sends_binary({bytes, 640});
    passes(20ms);
  }
  EXPECT_LT(until, 800ms);
}

TEST_F(TurnsCall, the_model_can_be_told_what_was_heard) {
  SessionConfig config{.client = ClientKind::native, .tell_heard = true};
  begin(std::move(config));
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  upstream_says(R"({"serverContent":{"outputTranscription":{"text":"Once upon a time "}}})");
  reply_audio();
  upstream_says(R"({"serverContent":{"generationComplete":true}})");
  client_sends(R"({"type":"playback","samples":3})");
  client_sends(R"({"type":"interrupt"})");
  EXPECT_TRUE(upstream_was_told("Once upon a time "));
  EXPECT_TRUE(upstream_was_told("clientContent"));
}

// A model that answers each end it is told of, by number, and stops when somebody begins: not at
// once, and not without a last stale piece.
class Answering {
 public:
  explicit Answering(std::uint64_t seed) : rng_(seed) {}

  // What the call sent since the last time.
  void is_told(const std::vector<std::string>& texts, Instant now) {
    for (; seen_ < texts.size(); ++seen_) {
      const std::string& text = texts[seen_];
      if (text.find("activityEnd") != std::string::npos) {
        const std::string words = "answer " + std::to_string(++answers_) + ";";
        Instant at = now + 100ms + Millis(rng_.next() % 800);
        for (int piece = 0; piece < 3; ++piece, at += 40ms) {
          say_at(at, R"({"serverContent":{"outputTranscription":{"text":")" + words + R"("}}})");
        }
        say_at(at, R"({"serverContent":{"generationComplete":true}})");
        say_at(at, R"({"serverContent":{"turnComplete":true}})");
      } else if (text.find("activityStart") != std::string::npos && !due_.empty()) {
        const Instant stops = now + Millis(rng_.next() % 150);
        std::erase_if(due_, [stops](const auto& message) { return message.first > stops; });
        say_at(stops, R"({"serverContent":{"interrupted":true}})");
        say_at(stops, R"({"serverContent":{"turnComplete":true}})");
      }
    }
  }
  std::vector<std::string> says(Instant now) {
    std::vector<std::string> texts;
    while (!due_.empty() && due_.front().first <= now) {
      texts.push_back(due_.front().second);
      due_.erase(due_.begin());
    }
    return texts;
  }
  [[nodiscard]] int answers() const { return answers_; }

 private:
  void say_at(Instant at, std::string text) { due_.emplace_back(at, std::move(text)); }

  Rng rng_;
  std::size_t seen_ = 0;
  int answers_ = 0;
  std::vector<std::pair<Instant, std::string>> due_;
};

TEST_F(TurnsCall, whatever_the_pauses_no_answer_to_half_a_sentence_is_ever_heard) {
  std::uint64_t retracted = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    begin_turns_ready(ClientKind::native, /*vain_share=*/1);
    Rng rng(seed);
    Answering model(seed);
    const auto plays = [&](double amplitude, Millis length) {
      for (Millis t{0}; t < length; t += 20ms) {
        client_plays(amplitude, 20ms);
        model.is_told(upstream_texts, now);
        for (const std::string& text : model.says(now)) upstream_says(text);
      }
    };
    std::vector<int> in_vain;
    for (int i = 0; i < 8; ++i) {
      plays(8000, 300ms + Millis(rng.next() % 600));
      const auto before = session->counters().ends_retracted;
      const int newest = model.answers();
      plays(0, 100ms + Millis(rng.next() % 1000));
      const int announced = model.answers();
      plays(8000, 200ms);
      if (session->counters().ends_retracted > before && announced > newest) {
        in_vain.push_back(announced);
      }
    }
    plays(0, 4s);
    for (const int answer : in_vain) {
      EXPECT_FALSE(client_was_told("answer " + std::to_string(answer) + ";"))
          << "seed " << seed << ", answer " << answer;
    }
    EXPECT_TRUE(client_was_told("answer " + std::to_string(model.answers()) + ";"))
        << "seed " << seed << ": the last one is what the person waits for";
    retracted += session->counters().ends_retracted;
  }
  EXPECT_GT(retracted, 6u) << "or nothing was tried";
}

TEST_F(TurnsCall, what_the_echo_guard_no_longer_knows_of_a_long_reply_is_counted) {
  begin_ready();
  const std::string ten_seconds(640000, 'A');  // base64 of 480 kB
  const auto arrives = [&] {
    upstream_says(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
        ten_seconds + R"("}}]}}})");
  };
  for (int i = 0; i < 12; ++i) arrives();  // two minutes at once are kept
  EXPECT_EQ(session->counters().echo_frames_dropped, 0u);
  arrives();
  EXPECT_EQ(session->counters().echo_frames_dropped, 1000u);
}

}  // namespace
}  // namespace livegate::session
