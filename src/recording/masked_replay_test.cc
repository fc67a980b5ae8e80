// Recordings without speech: whatever a client sends, the session decides by its recording as it
// did by the message, and no word of it stands there.
#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recording/recorder.h"
#include "recording/replay.h"
#include "session/session.h"

namespace livegate::recording {
namespace {

using session::ClientKind;
using testing::HasSubstr;
using testing::Not;

// What a client sends and the model answers in a session, from the first message on.
class Held {
 public:
  explicit Held(ClientKind kind, bool speech = false) : native_(kind == ClientKind::native) {
    session::SessionConfig config;
    config.id = "rec";
    config.client = kind;
    config.resume_grace = 30s;
    config.uplink.ear = {.kind = audio::EarKind::energy};
    recorder_.emplace(Recorder::Options{.speech = speech, .salt = 5}, config, Rng(3).state(), now_);
    config.uplink.tap = &*recorder_;
    session_.emplace(std::move(config), codecs_, Rng(3), now_);
  }
  void client(std::string_view message) {
    const PaddedString text(message);
    if (native_) return happens(session::ClientText{text.text()});
    happens(session::ClientBinary{text.text()});
  }
  void model(std::string_view message) {
    const PaddedString text(message);
    happens(session::UpstreamMessage{1, text.text()});
  }
  void begins(std::string_view first) {
    client(first);
    happens(session::UpstreamOpened{1});
    model(R"({"setupComplete":{}})");
  }
  // Gives the recording, after it was held again.
  std::string is_the_same(std::string_view what) {
    std::string log = recorder_->take();
    std::ostringstream printed;
    const Replayed again = replay(log, &printed);
    EXPECT_TRUE(again.readable && again.whole) << what;
    EXPECT_EQ(again.differs_at, 0U) << what << "\n"
                                    << printed.str() << again.expected << " / " << again.got;
    return log;
  }
  [[nodiscard]] bool finished() const { return session_->finished(); }

 private:
  void happens(const session::Event& event) {
    now_ += 7ms;
    actions_.clear();
    recorder_->before(event, now_);
    session_->handle(event, now_, actions_);
    recorder_->after(actions_);
  }

  bool native_;
  Instant now_{};
  session::Codecs codecs_;
  session::Actions actions_;
  std::optional<Recorder> recorder_;
  std::optional<session::Session> session_;
};

// Proto3 JSON's other spelling of every key.
std::string snake(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const std::size_t end = json[at] == '"' ? json.find('"', at + 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += json[at];
      continue;
    }
    const bool key = end + 1 < json.size() && json[end + 1] == ':';
    for (; at < end; ++at) {
      const bool upper = key && std::isupper(static_cast<unsigned char>(json[at])) != 0;
      if (upper) out += '_';
      out +=
          upper ? static_cast<char>(std::tolower(static_cast<unsigned char>(json[at]))) : json[at];
    }
    out += '"';
  }
  return out;
}

// Numbers as strings, which it takes too.
std::string quoted_numbers(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const bool begins =
        json[at] == ':' && std::isdigit(static_cast<unsigned char>(json[at + 1])) != 0;
    out += json[at];
    if (!begins) continue;
    const std::size_t end = json.find_first_not_of("0123456789.", at + 1);
    out.append("\"").append(json.substr(at + 1, end - at - 1)).append("\"");
    at = end - 1;
  }
  return out;
}

const std::vector<std::string> kSetups = {
    R"({"setup":{"model":"models/gemini-3.8-live"}})",
    R"({"setup":{"model":"models/gemini-2.5-flash-native-audio-latest","sessionResumption":{}}})",
    R"({"setup":{"model":"m","generationConfig":{"responseModalities":["AUDIO"]}}})",
    R"({"setup":{"model":"m","generationConfig":{"responseModalities":["TEXT"]}}})",
    R"({"setup":{"model":"m","generationConfig":{"responseModalities":["audio"]}}})",
    R"({"setup":{"model":"m","generationConfig":{"responseModalities":"TEXT"}}})",
    R"({"setup":{"model":"m","generationConfig":{"thinkingConfig":{"thinkingLevel":"LOW"}}}})",
    R"({"setup":{"model":"m","generationConfig":{"thinkingConfig":{"thinkingBudget":512}}}})",
    R"({"setup":{"model":"m","generationConfig":{"temperature":0.5,"topP":0.9,"topK":3,"seed":7}}})",
    R"({"setup":{"model":"m","generationConfig":{"maxOutputTokens":100,"candidateCount":1}}})",
    R"({"setup":{"model":"m","generationConfig":{"mediaResolution":"MEDIA_RESOLUTION_LOW"}}})",
    R"({"setup":{"model":"m","generationConfig":{"responseMimeType":"application/json"}}})",
    R"({"setup":{"model":"m","generationConfig":{"enableAffectiveDialog":true}}})",
    R"({"setup":{"model":"m","generationConfig":{"translationConfig":{"targetLanguageCode":"de"}}}})",
    R"({"setup":{"model":"m","generationConfig":{"speechConfig":{"languageCode":"de-DE",)"
    R"("voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Puck"}}}}}})",
    R"({"setup":{"model":"m","realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}}})",
    R"({"setup":{"model":"m","realtimeInputConfig":{"automaticActivityDetection":{)"
    R"("startOfSpeechSensitivity":"START_SENSITIVITY_HIGH","prefixPaddingMs":20,)"
    R"("endOfSpeechSensitivity":"END_SENSITIVITY_LOW","silenceDurationMs":100}}}})",
    R"({"setup":{"model":"m","realtimeInputConfig":{"activityHandling":"NO_INTERRUPTION"}}})",
    R"({"setup":{"model":"m","realtimeInputConfig":{"turnCoverage":"TURN_INCLUDES_ALL_INPUT"}}})",
    R"({"setup":{"model":"m","contextWindowCompression":{"triggerTokens":25600,)"
    R"("slidingWindow":{"targetTokens":12800}}}})",
    R"({"setup":{"model":"m","inputAudioTranscription":{"languageCodes":["de-DE"]},)"
    R"("outputAudioTranscription":{}}})",
    R"({"setup":{"model":"m","proactivity":{"proactiveAudio":true}}})",
    R"({"setup":{"model":"m","historyConfig":{"initialHistoryInClientContent":true}}})",
    R"({"setup":{"model":"m","safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT",)"
    R"("threshold":"BLOCK_NONE"}]}})",
    R"({"setup":{"model":"m","sessionResumption":{"transparent":true}}})",
    R"({"setup":{"model":"m","avatarConfig":{"avatarName":"Eve","audioBitrateBps":64000}}})",
    R"({"setup":{"model":"m","systemInstruction":{"parts":[{"text":"pretty please"}],"role":"user"}}})",
    R"({"setup":{"model":"m","tools":[{"functionDeclarations":[{"name":"dim","description":"a light",)"
    R"("behavior":"NON_BLOCKING","parameters":{"type":"OBJECT","properties":{}}}]},{"googleSearch":{}}]}})",
    R"({"setup":{"model":"m","labels":{"name":"a customer"},"explicitVadSignal":true}})",
    R"({"setup":{"model":"m","realtimeInputConfig":{"automaticActivityDetection":{"prefixPaddingMs":1.5}}}})",
    R"({"setup":{"model":"m","nobodyKnowsThis":{"name":"a customer"}}})",
    R"({"setup":{"generationConfig":{"responseModalities":[1,"AUDIO"]}}})",
};

TEST(MaskedReplay, every_setup_is_read_as_it_was_in_both_spellings) {
  for (const std::string& setup : kSetups) {
    for (const std::string& spelled :
         {setup, snake(setup), quoted_numbers(setup), quoted_numbers(snake(setup))}) {
      Held held(ClientKind::live);
      held.begins(spelled);
      held.client(R"({"realtimeInput":{"text":"hello"}})");
      held.model(
          R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AQACAAMA"}}]}}})");
      held.model(R"({"serverContent":{"turnComplete":true}})");
      const std::string log = held.is_the_same(spelled);
      for (const char* word : {"pretty", "customer", "hello", "a light"}) {
        EXPECT_THAT(log, Not(HasSubstr(word))) << spelled;
      }
    }
  }
}

TEST(MaskedReplay, what_is_said_after_the_setup_is_read_as_it_was) {
  for (
      const std::string message : {
          R"({"realtimeInput":{"audio":{"data":"AQACAAMABAA=","mimeType":"audio/pcm;rate=16000"}}})",
          R"({"realtimeInput":{"audio":{"data":"AQACAAMABAA\u003d","mimeType":"audio\/pcm"}}})",
          R"({"realtimeInput":{"audio":{"data":"no base64, this","mimeType":"audio/pcm"}}})",
          R"({"realtimeInput":{"video":{"data":"_-8","mimeType":"image/jpeg"}}})",
          R"({"realtimeInput":{"video":{"data":"\/9j\/4AAQhello","mimeType":"image/jpeg"}}})",
          R"({"realtimeInput":{"video":{"data":"data:image/png;base64,\niVBORw0KGgoAAAANhello"}}})",
          R"({"realtimeInput":{"mediaChunks":[{"data":"AQACAAMABAA=","mimeType":"audio/pcm"}]}})",
          R"({"realtimeInput":{"text":"say \"hello\" \u0022 caf\u00e9 \ud83d\ude42 \n"}})",
          R"({"realtimeInput":{"text":"half \ud83d of \ude42\\ud83d hello"}})",
          R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"hello"}]}],"turnComplete":true}})",
          R"({"clientContent":{"turns":{"role":"model","parts":{"text":"hello"}}}})",
          R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"dim","response":{"name":"hello"}}]}})",
          R"({"toolResponse":{"functionResponses":{"id":"c1","name":"dim","scheduling":"SILENT","response":{}}}})",
          R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"dim","response":{"scheduling":"WHEN_IDLE","say":"hello"}}]}})",
          R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"hello"}]}}})",
          R"({"contextUpdate":{"tools":{"tools":[{"functionDeclarations":[{"name":"dim"}]}]}}})",
          R"({"realtimeInput":{"activityStart":{}}})",
          R"({"realtimeInput":{"audioStreamEnd":true}})",
      }) {
    for (const std::string& spelled : {message, snake(message)}) {
      Held held(ClientKind::live);
      held.begins(R"({"setup":{"model":"m","tools":[{"functionDeclarations":[{"name":"dim",)"
                  R"("behavior":"NON_BLOCKING"}]}]}})");
      held.model(
          R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{"name":"hello"}}]}})");
      held.client(spelled);
      EXPECT_THAT(held.is_the_same(spelled), Not(HasSubstr("hello"))) << spelled;
    }
  }
}

const std::vector<std::string> kLive = {
    R"({"setup":{"model":"models/m","tools":[{"functionDeclarations":[{"name":"f"}]}],)"
    R"("generationConfig":{"responseModalities":["AUDIO"],"temperature":0.5}}})",
    R"({"realtimeInput":{"text":"he said \"goodbye\" \u00e9"}})",
    R"({"toolResponse":{"functionResponses":[{"id":"c1","response":{"ok":true,"n":[1,null]}}]}})"};
const std::vector<std::string> kNative = {
    R"({"type":"start","rate":16000,"echo_cancellation":false,"tools":[{"name":"f","parameters":{}}]})",
    R"({"type":"text","text":"he said \"goodbye\" \u00e9"})",
    R"({"type":"tool_result","id":"c1","result":{"ok":true,"n":[1,null]}})",
    R"({"type":"playback","samples":480,"received":2})"};

// Each message with one byte taken away, changed, or put in, and cut off there.
std::vector<std::string> broken(const std::string& message) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < message.size(); ++at) {
    all.push_back(message.substr(0, at));
    all.push_back(std::string(message).erase(at, 1));
    for (const char c : {'"', '\\', '{', '}', ']', ',', 't', '7', '\x01', '\xff', ' '}) {
      all.push_back(std::string(message).insert(at, 1, c));
      all.push_back(message);
      all.back()[at] = c;
    }
  }
  return all;
}

TEST(MaskedReplay, a_message_that_is_broken_is_refused_as_it_was) {
  for (const auto& [kind, messages] :
       {std::pair{ClientKind::native, kNative}, std::pair{ClientKind::live, kLive}}) {
    for (const std::string& message : messages) {
      for (const std::string& other : broken(message)) {
        Held held(kind);
        if (&message != &messages.front()) held.begins(messages.front());
        held.client(other);
        held.client(messages.front());
        (void)held.is_the_same(other);
        if (HasFailure()) return;
      }
    }
  }
}

TEST(MaskedReplay, what_is_no_message_at_all_leaves_no_word) {
  std::string sound;
  for (int i = 0; i < 320; ++i) sound.append("\x10\x27\xf0\xd8");
  for (const ClientKind kind : {ClientKind::native, ClientKind::live}) {
    for (const std::string& text :
         {std::string("good morning everybody"), std::string(R"("good morning": everybody)"),
          std::string(R"({"type": good morning, "everybody"})"), std::string("{good morning}"),
          std::string(R"(["good morning", {"x": everybody}])"),
          std::string(R"({\"text\":\"good morning everybody\"})"), std::string("12 good morning"),
          std::string("'good morning'"), sound}) {
      Held held(kind);
      if (text[0] != '\x10' || kind == ClientKind::live) held.client(text);
      const std::string log = held.is_the_same(text);
      for (const char* word :
           {"good", "ood", "morning", "orning", "everybody", "verybody", "\x10\x27"}) {
        EXPECT_THAT(log, Not(HasSubstr(word))) << text;
      }
    }
  }
}

TEST(MaskedReplay, no_secret_is_kept_with_speech_however_it_is_spelled) {
  for (const char* key : {"handle", "hand\\u006ce", "\\u0068andle", "new_handle", "newHandle",
                          "token", "resume", "access_token", "accessToken"}) {
    for (const bool speech : {false, true}) {
      const std::string message = std::string(R"({"setup":{"model":"m","sessionResumption":{")") +
                                  key + R"(":"top\/secret-\u0031key"}}})";
      Held held(ClientKind::live, speech);
      held.begins(message);
      const std::string log = held.is_the_same(message);
      EXPECT_THAT(log, Not(HasSubstr("secret"))) << message;
      EXPECT_THAT(log, Not(HasSubstr("key\""))) << message;
    }
  }
}

}  // namespace
}  // namespace livegate::recording
