#include "cli/probe_judges.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/padded_text.h"
#include "cli/probe_cases.h"
#include "proto/model_facts.h"

namespace livegate::cli {
namespace {

// A record as a case would make it: what was sent by kind, what came as the service's own frames.
class Script {
 public:
  Script& sent(double ms, Sign sign) {
    record_.events.push_back({.ms = ms, .sign = sign});
    return *this;
  }
  Script& came(double ms, const std::string& frame) {
    const PaddedString text(frame);
    reader_.read(text.text(), ms, ++messages_, record_);
    return *this;
  }
  // `audio_ms` of sound, with words in the same message if there are any.
  Script& audio(double ms, int audio_ms, const std::string& words = "") {
    const std::size_t base64 = static_cast<std::size_t>(audio_ms) * 24 * 2 * 4 / 3 / 4 * 4;
    const std::string transcription =
        words.empty() ? "" : R"(,"outputTranscription":{"text":")" + words + R"("})";
    return came(ms, R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":)"
                    R"("audio/pcm;rate=24000","data":")" +
                        std::string(base64, 'A') + R"("}}]})" + transcription + "}}");
  }
  Script& words(double ms, const std::string& text) {
    return came(ms, R"({"serverContent":{"outputTranscription":{"text":")" + text + R"("}}})");
  }
  Script& complete(double ms, const std::string& status = "") {
    const std::string more = status.empty() ? "" : R"(,"interactionStatus":")" + status + "\"";
    return came(ms, R"({"serverContent":{"turnComplete":true)" + more + "}}");
  }
  Script& closed(double ms, int code, const std::string& reason) {
    record_.events.push_back({.ms = ms,
                              .sign = Sign::closed,
                              .message = 0,
                              .amount = static_cast<double>(code),
                              .note = reason});
    return *this;
  }
  Script& failed(const std::string& why) {
    record_.failure = why;
    return *this;
  }
  [[nodiscard]] const ProbeRecord& record() const { return record_; }

 private:
  ProbeRecord record_;
  FrameReader reader_;
  std::size_t messages_ = 0;
};

constexpr const char* kSetupComplete = R"({"setupComplete":{}})";
constexpr const char* kCall =
    R"({"toolCall":{"functionCalls":[{"id":"c1","name":"set_light","args":{}}]}})";

Script begun() {
  Script script;
  script.sent(0, Sign::setup).came(200, kSetupComplete);
  return script;
}

// A question between marks, answered after `delay`.
Script marked(double delay) {
  Script script = begun();
  script.sent(2000, Sign::activity_end).audio(2000 + delay, 400, "one").complete(9000);
  return script;
}

ProbeRecords only(const char* name, const Script& script) { return {{name, script.record()}}; }

TEST(ProbeRecord, tells_kinds_and_amounts_and_keeps_no_word) {
  Script script = begun();
  script.audio(300, 240, "a secret word").came(310, "{}\n").came(320, R"({"serverContent":{}})");
  const auto& events = script.record().events;
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[2].sign, Sign::audio);
  EXPECT_NEAR(events[2].amount, 240, 0.1);
  EXPECT_EQ(events[3].sign, Sign::words);
  EXPECT_EQ(events[3].amount, 13);
  EXPECT_EQ(events[3].note, "");
  EXPECT_EQ(events[4].sign, Sign::empty);
}

TEST(ProbeJudges, a_reply_after_the_mark_means_that_it_ends_the_turn) {
  Script script = begun();
  script.sent(2000, Sign::speech_ends).sent(2001, Sign::stream_end).audio(2361, 240);
  const Seen seen = see_stream_end(only("stream_end", script));
  EXPECT_EQ(seen.value, "true");
  EXPECT_EQ(seen.evidence, "audio 360 ms after audioStreamEnd");
}

TEST(ProbeJudges, a_reply_only_after_silence_means_that_the_mark_ends_nothing) {
  Script script = begun();
  script.sent(2000, Sign::stream_end).sent(10'000, Sign::silence_begins).audio(11'600, 240);
  EXPECT_EQ(see_stream_end(only("stream_end", script)).value, "false");
}

TEST(ProbeJudges, the_models_word_that_speech_has_ended_is_as_good_as_a_reply) {
  Script script = begun();
  script.sent(2000, Sign::stream_end)
      .came(2080, R"({"voiceActivity":{"type":"ACTIVITY_END"}})")
      .sent(10'000, Sign::silence_begins)
      .audio(10'600, 240);
  EXPECT_EQ(see_stream_end(only("stream_end", script)).value, "true");
}

TEST(ProbeJudges, a_model_that_answers_nothing_at_all_is_unknown) {
  Script script = begun();
  script.sent(2000, Sign::stream_end).sent(10'000, Sign::silence_begins);
  const Seen seen = see_stream_end(only("stream_end", script));
  EXPECT_FALSE(seen.value);
  EXPECT_EQ(seen.evidence, "speech was not answered at all");
}

TEST(ProbeJudges, a_transcript_of_the_question_is_no_answer) {
  Script script = begun();
  script.sent(2000, Sign::stream_end)
      .came(2100, R"({"serverContent":{"inputTranscription":{"text":"what"}}})")
      .sent(10'000, Sign::silence_begins)
      .audio(11'600, 240);
  EXPECT_EQ(see_stream_end(only("stream_end", script)).value, "false");
}

TEST(ProbeJudges, what_was_never_asked_is_unknown_with_its_reason) {
  EXPECT_EQ(see_stream_end({}).evidence, "not asked");
  Script lost;
  lost.failed("cannot connect");
  EXPECT_EQ(see_stream_end(only("stream_end", lost)).evidence, "cannot connect");
  Script refused = begun();
  refused.sent(2000, Sign::stream_end).closed(2100, 1011, "Internal error encountered.");
  EXPECT_EQ(see_stream_end(only("stream_end", refused)).evidence,
            "close 1011 \"Internal error encountered.\"");
}

ProbeRecords silence(double usual_ms, double asked_ms) {
  Script usual = begun(), asked = begun();
  usual.sent(2000, Sign::speech_ends).audio(2000 + usual_ms, 240);
  asked.sent(2000, Sign::speech_ends).audio(2000 + asked_ms, 240);
  return {{"marks", marked(1000).record()},
          {"silence", usual.record()},
          {"silence_duration", asked.record()}};
}

TEST(ProbeJudges, the_silence_is_what_the_reply_takes_longer_than_between_marks) {
  EXPECT_EQ(see_turn_silence(silence(1800, 4500)).value, "800");
}

TEST(ProbeJudges, the_models_own_word_for_the_end_of_speech_is_believed_first) {
  ProbeRecords records = silence(1800, 4500);
  Script told = begun();
  told.sent(2000, Sign::speech_ends)
      .came(2700, R"({"voiceActivity":{"type":"ACTIVITY_END"}})")
      .audio(5000, 240);
  records["silence"] = told.record();
  EXPECT_EQ(see_turn_silence(records).value, "700");
}

TEST(ProbeJudges, silence_duration_counts_if_the_reply_waits_for_it) {
  EXPECT_EQ(see_silence_duration(silence(1800, 4500)).value, "true");
  EXPECT_EQ(see_silence_duration(silence(1800, 1900)).value, "false");
  EXPECT_FALSE(see_silence_duration(silence(4400, 4450)).value) << "the two are too close";
}

Script reply(std::initializer_list<std::pair<double, int>> pieces) {
  Script script = begun();
  script.sent(1000, Sign::activity_end);
  for (const auto& [ms, length] : pieces) script.audio(ms, length);
  return script;
}

TEST(ProbeJudges, tells_a_burst_from_real_time) {
  const Script burst = reply({{2000, 800}, {2100, 800}, {2200, 800}});
  const Script slow = reply({{2000, 800}, {2800, 800}, {3650, 800}});
  const Script little = reply({{2000, 200}, {2010, 200}, {2020, 200}});
  EXPECT_EQ(see_pace(only("marks", burst)).value, "\"burst\"");
  EXPECT_EQ(see_pace(only("marks", slow)).value, "\"real_time\"");
  EXPECT_FALSE(see_pace(only("marks", little)).value);
}

TEST(ProbeJudges, a_pause_counts_from_where_the_sound_ran_out) {
  // 800 ms at 2000, the next at 3550: 750 ms of nothing.
  const Script pause = reply({{2000, 800}, {3550, 800}, {3600, 800}});
  EXPECT_EQ(see_starvation(only("marks", pause)).value, "750");
}

TEST(ProbeJudges, what_lies_between_a_holding_line_and_the_answer_is_no_pause) {
  Script script = begun();
  script.sent(1000, Sign::activity_end).audio(2000, 800).audio(2800, 800);
  script.complete(3600, "IN_PROGRESS").audio(6100, 800).audio(6900, 800).complete(7700, "IDLE");
  EXPECT_EQ(see_starvation(only("marks", script)).value, "0");
  EXPECT_EQ(see_pace(only("marks", script)).evidence, "1600 ms of audio in 1600 ms");
}

TEST(ProbeJudges, tells_where_the_words_stand) {
  Script with = begun();
  with.audio(100, 200, "one").audio(200, 200, "two").audio(300, 200);
  EXPECT_EQ(see_transcript(only("marks", with)).value, "\"with_audio\"");
  Script ahead = begun();
  ahead.words(100, "one").audio(110, 200).words(120, "two").audio(130, 200);
  EXPECT_EQ(see_transcript(only("marks", ahead)).value, "\"ahead\"");
  Script whole = begun();
  whole.words(100, "one").words(110, "two").audio(120, 200).complete(400);
  whole.words(500, "three").audio(520, 200);
  EXPECT_EQ(see_transcript(only("marks", whole)).value, "\"whole_first\"") << "in each turn";
  Script none = begun();
  none.audio(100, 200);
  EXPECT_FALSE(see_transcript(only("marks", none)).value);
}

TEST(ProbeJudges, a_call_ends_its_turn_if_it_is_complete_before_any_answer) {
  Script ends = begun();
  ends.came(900, kCall).complete(901).sent(3400, Sign::tool_response);
  EXPECT_EQ(see_call_ends_turn(only("call", ends)).value, "true");
  Script holds = begun();
  holds.complete(800, "IN_PROGRESS").came(900, kCall).sent(3400, Sign::tool_response);
  EXPECT_EQ(see_call_ends_turn(only("call", holds)).value, "true") << "outside any turn";
  Script waits = begun();
  waits.came(900, kCall).sent(3400, Sign::tool_response).complete(9000);
  EXPECT_EQ(see_call_ends_turn(only("call", waits)).value, "false");
  Script none = begun();
  EXPECT_EQ(see_call_ends_turn(only("call", none)).evidence, "the model called no tool");
}

TEST(ProbeJudges, an_answer_that_is_never_spoken_needs_one_that_was_to_mean_anything) {
  Script dropped = begun();
  dropped.came(900, kCall).sent(1000, Sign::tool_response).sent(2500, Sign::tool_response);
  Script spoken = begun();
  spoken.came(900, kCall).sent(3400, Sign::tool_response).audio(4000, 240);
  ProbeRecords records = only("will_continue", dropped);
  EXPECT_FALSE(see_will_continue(records).value);
  records["call"] = spoken.record();
  EXPECT_EQ(see_will_continue(records).value, "false");
  dropped.audio(3000, 240);
  EXPECT_EQ(see_will_continue(only("will_continue", dropped)).value, "true");
}

TEST(ProbeJudges, a_sentence_that_was_under_way_is_no_answer) {
  Script script = begun();
  script.came(900, kCall).sent(1000, Sign::tool_response).audio(2300, 400);
  script.sent(2500, Sign::tool_response).audio(2700, 400).complete(3000, "IN_PROGRESS");
  Script spoken = begun();
  spoken.came(900, kCall).sent(3400, Sign::tool_response).audio(4000, 240);
  ProbeRecords records{{"will_continue", script.record()}, {"call", spoken.record()}};
  EXPECT_EQ(see_will_continue(records).value, "false");
  script.audio(3500, 400);
  records["will_continue"] = script.record();
  EXPECT_EQ(see_will_continue(records).value, "true");
}

TEST(ProbeJudges, a_resume_is_judged_by_the_second_connection) {
  Script refused = begun();
  refused.sent(3000, Sign::setup).closed(3200, 1011, "The service is currently unavailable.");
  EXPECT_EQ(see_resume_while_open(only("resume", refused)).value, "refused");
  Script taken = begun();
  taken.sent(3000, Sign::setup).came(3200, kSetupComplete);
  EXPECT_EQ(see_resume_while_open(only("resume", taken)).value, "taken");
  EXPECT_FALSE(see_resume_while_open(only("resume", begun())).value);
}

TEST(ProbeJudges, names_the_schema_keys_that_close_a_connection) {
  Script script;
  for (std::size_t i = 0; i < schema_keys().size(); ++i) {
    script.sent(100.0 * static_cast<double>(i), Sign::setup);
    const double answered = 100.0 * static_cast<double>(i) + 50;
    if (i < 2) {
      script.closed(answered, 1007, "Unknown name");
    } else {
      script.came(answered, kSetupComplete);
    }
  }
  EXPECT_EQ(see_schema_keys(only("schema", script)).value, "$schema, additionalProperties");
}

TEST(ProbeJudges, a_time_differs_only_if_more_was_seen_than_is_assumed) {
  proto::ModelProfile assumed = proto::profile_of("gemini-3.8-live");
  const auto of = [&](const ProbeRecords& records) {
    const auto all = judge(records, assumed);
    return *std::ranges::find(all, "turn_silence_ms", &Sighting::topic);
  };
  EXPECT_FALSE(of(silence(1500, 4500)).differs);
  const Sighting longer = of(silence(3000, 4500));
  EXPECT_EQ(longer.seen, "2000");
  EXPECT_TRUE(longer.differs);
  EXPECT_EQ(longer.proposed, "2500") << "a quarter more than was seen";
}

TEST(ProbeJudges, what_is_proposed_can_be_set) {
  const auto all = judge(silence(3000, 1000), proto::profile_of("gemini-3.8-live"));
  std::size_t proposed = 0;
  for (const Sighting& each : all) {
    if (!each.is_fact || !each.differs) continue;
    proto::ModelProfile profile = proto::profile_of("gemini-3.8-live");
    std::string value = each.proposed;
    std::erase(value, '"');
    EXPECT_TRUE(proto::set_fact(profile, each.topic, value)) << each.topic << " = " << value;
    ++proposed;
  }
  EXPECT_GE(proposed, 1u);
}

TEST(ProbeJudges, nothing_seen_is_all_unknown_and_never_differs) {
  for (const Sighting& each : judge({}, proto::profile_of("gemini-3.8-live"))) {
    EXPECT_FALSE(each.seen) << each.topic;
    EXPECT_FALSE(each.differs) << each.topic;
    EXPECT_NE(each.evidence, "") << each.topic;
  }
}

TEST(ProbeCases, cost_less_than_five_cents) {
  const double dollars = planned_cost(probe_cases(), probe_prices());
  EXPECT_GT(dollars, 0.01);
  EXPECT_LT(dollars, 0.05);
}

}  // namespace
}  // namespace livegate::cli
