// A client, a recogniser and a voice around one LiveSession, in simulated time: for its tests,
// which read like the transcript of a conversation.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "audio/test_signals.h"
#include "offline/live_session.h"
#include "offline/live_session_facts.h"

namespace livegate::offline {

inline constexpr std::string_view kLightTool =
    R"([{"functionDeclarations":[{"name":"set_light","description":"Turns a light on or off",)"
    R"("parameters":{"type":"OBJECT","properties":{"room":{"type":"STRING",)"
    R"("enum":["kitchen","bedroom"]},"on":{"type":"BOOLEAN"}},"required":["room","on"]}}]}])";

// A model without peculiarities, for tests of what all have in common: it answers at once, takes
// every mark for what it says, holds its turn while calls are open, and is called "any".
inline proto::ModelProfile plain_model() {
  return {.id = "any",
          .stream_end_ends_turn = true,
          .turn_silence = 500ms,
          .pace = proto::Pace::burst,
          .many_parts = false,
          .tools = proto::ToolUse::blocking_only,
          .call_ends_turn = false,
          .text_refusal =
              "The requested combination of response modalities (TEXT) is not supported by the "
              "model"};
}

class Conversation {
 public:
  explicit Conversation(LiveSessionOptions options = {.id = 1})
      : own_handles_(std::make_unique<HandleStore>()), handles_(*own_handles_) {
    open(options);
  }
  Conversation(const LiveSessionOptions& options, HandleStore& handles) : handles_(handles) {
    open(options);
  }
  Conversation(HandleStore& handles, std::uint64_t id, Instant begin)
      : now(begin), handles_(handles) {
    open({.id = id});
  }

  // ---- the client
  void sends(std::string_view json) {
    const PaddedString message(json);
    feed(ClientText{.message = message.text()});
  }
  // `settings`: members of the setup, such as R"("outputAudioTranscription":{})"
  void connects(std::string_view settings = "") {
    sends(R"({"setup":{"model":"models/any")" + std::string(settings.empty() ? "" : ",") +
          std::string(settings) + "}}");
  }
  void connects_with_light(std::string_view settings = "") {
    connects(R"("tools":)" + std::string(kLightTool) + (settings.empty() ? "" : ",") +
             std::string(settings));
  }
  void types(std::string_view text) {
    std::string json;
    proto::append_client_text(json, "user", text, true);
    sends(json);
  }
  void speaks(Millis time) { streams(time, 8000); }
  void is_quiet(Millis time) { streams(time, 0); }
  void says_something() {
    speaks(1s);
    is_quiet(600ms);
  }
  void answers_call(std::string_view id, std::string_view response = R"({"result":"ok"})",
                    std::string_view scheduling = "") {
    std::string json;
    proto::append_tool_response(
        json, {.id = id, .name = "set_light", .response_json = response, .scheduling = scheduling});
    sends(json);
  }
  void leaves() { feed(ClientGone{}); }
  void pings(std::string_view payload) { feed(Pinged{.payload = std::string(payload)}); }

  // ---- the recogniser
  void recogniser_hears(std::string_view words) {
    recogniser_finishes(
        speech::Recognition{.accepted = true, .text = std::string(words), .score = 0});
  }
  void recogniser_refuses() { recogniser_finishes(speech::Recognition{}); }
  void recogniser_is_too_busy() { recogniser_finishes(std::nullopt); }

  // ---- the voice: says every text at once, as one sentence of `speech_length`, unless told to
  // wait.
  Millis speech_length = 1s;
  bool voice_waits = false;
  void voice_says(std::string_view text, Millis length, bool last) {
    feed(SentenceSpoken{
        .speech = speeches.back().speech,
        .text = std::string(text),
        .samples = std::vector<std::int16_t>(static_cast<std::size_t>(length.count()) * 24),
        .last = last});
  }

  // ---- time
  void passes(Millis time) {
    const Instant until = now + time;
    for (auto next = session->next_deadline(); next && next->at <= until;
         next = session->next_deadline()) {
      ASSERT_GT(next->at, now) << "a deadline that had passed was still there";
      now = next->at;
      feed(Tick{});
    }
    now = until;
  }

  // ---- what came of it
  std::vector<Fact> facts;
  std::vector<std::string> raw;  // the bytes of each message
  std::optional<Close> closed;
  bool dropped = false;
  std::vector<std::string> pongs;
  std::vector<std::string> grammars;
  std::deque<Recognize> utterances;  // not yet recognised
  std::vector<Speak> speeches;
  std::vector<std::uint64_t> cancelled_speeches;
  Instant now{1h};
  std::unique_ptr<LiveSession> session;

  [[nodiscard]] std::size_t count(std::string_view what) const { return count_facts(facts, what); }
  [[nodiscard]] Fact last(std::string_view what) const { return last_fact(facts, what); }
  [[nodiscard]] std::vector<std::string> story() const { return story_of(facts); }
  [[nodiscard]] std::string joined(std::string_view what) const {
    std::string text;
    for (const Fact& fact : facts) text += fact.what == what ? fact.text : "";
    return text;
  }
  [[nodiscard]] std::size_t audio_samples() const {
    std::size_t samples = 0;
    for (const Fact& fact : facts) samples += fact.samples;
    return samples;
  }
  void forget() { facts.clear(); }

 private:
  void open(LiveSessionOptions options) {
    if (options.settings.models.empty()) options.settings.models = {plain_model()};
    session = std::make_unique<LiveSession>(
        options,
        LiveSessionParts{
            .decoder = decoder_,
            .handles = handles_,
            .knows_word = [](const std::string&) { return true; },
            .make_vad =
                [](int) { return audio::make_energy_vad(audio::kEnergyThreshold, kEarFrameMs); },
            .seed = options.id},
        now);
  }

  void streams(Millis time, double amplitude) {
    for (Millis done{0}; done < time; done += 20ms) {
      std::string json;
      proto::append_realtime_audio(json, audio::sine(300, 16000, 320, amplitude), 16000);
      sends(json);
      passes(20ms);
    }
  }

  void recogniser_finishes(std::optional<speech::Recognition> recognition) {
    ASSERT_FALSE(utterances.empty()) << "nothing was given to the recogniser";
    const std::uint64_t id = utterances.front().utterance;
    utterances.pop_front();
    feed(RecognitionDone{.utterance = id, .recognition = std::move(recognition)});
  }

  void feed(const LiveEvent& event) {
    LiveActions actions;
    session->handle(event, now, actions);
    std::vector<Speak> to_say;
    for (LiveAction& action : actions) {
      ASSERT_FALSE(closed) << "something was done after the close";
      if (auto* send = std::get_if<Send>(&action)) note(send->bytes);
      if (auto* close = std::get_if<Close>(&action)) closed = *close;
      if (std::holds_alternative<Drop>(action)) dropped = true;
      if (auto* pong = std::get_if<Pong>(&action)) pongs.push_back(pong->payload);
      if (auto* grammar = std::get_if<UseGrammar>(&action)) grammars.push_back(grammar->jsgf);
      if (auto* utterance = std::get_if<Recognize>(&action)) utterances.push_back(*utterance);
      if (auto* cancel = std::get_if<CancelSpeech>(&action))
        cancelled_speeches.push_back(cancel->speech);
      if (auto* speak = std::get_if<Speak>(&action)) {
        speeches.push_back(*speak);
        to_say.push_back(*speak);
      }
    }
    if (voice_waits) return;
    for (const Speak& speak : to_say) {
      feed(SentenceSpoken{.speech = speak.speech,
                          .text = speak.text,
                          .samples = std::vector<std::int16_t>(
                              static_cast<std::size_t>(speech_length.count()) * 24),
                          .last = true});
    }
  }

  void note(const std::string& bytes) {
    raw.push_back(bytes);
    read_facts(bytes, reader_, now, facts);
  }

  proto::GeminiDecoder decoder_;
  proto::GeminiDecoder reader_;
  std::unique_ptr<HandleStore> own_handles_;
  HandleStore& handles_;
};

inline std::vector<std::string> ids_of(const std::vector<Fact>& facts, std::string_view what) {
  std::vector<std::string> ids;
  for (const Fact& fact : facts) {
    if (fact.what == what) ids.push_back(fact.text);
  }
  return ids;
}

}  // namespace livegate::offline
