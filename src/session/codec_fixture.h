// A client protocol without a session, for tests: what a codec asks for and what it sends, each as
// a line of text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/client_codec.h"

namespace livegate::session {

class CodecTest : public testing::Test {
 protected:
  // ---- from the client
  std::vector<std::string> text(std::string_view message) {
    message_.assign(message);
    return lines(codec->decode_text(message_.text()));
  }
  std::vector<std::string> binary(std::string_view message) {
    message_.assign(message);
    return lines(codec->decode_binary(message_.text()));
  }
  std::vector<std::string> piece(std::string_view message) {
    message_.assign(message);
    return lines(codec->decode_audio_piece(message_.text()));
  }
  // The setup of a message that asks for nothing but to be opened.
  request::Open opens(std::string_view message) {
    message_.assign(message);
    const auto requests = codec->decode_text(message_.text());
    if (requests.size() == 1) {
      if (const auto* open = std::get_if<request::Open>(&requests.front())) return *open;
    }
    ADD_FAILURE() << "does not open: " << message;
    return {};
  }

  // ---- to the client
  std::vector<std::string> tell(const ClientNotice& notice) {
    out.clear();
    context.out = &out;
    encoded = codec->encode(notice, context);
    std::vector<std::string> sent;
    for (const Action& action : out.list()) sent.push_back(line(action));
    return sent;
  }
  // As the session does it: audio and words of the message have notices of their own.
  std::vector<std::string> model_says(std::string_view message, bool stale = false) {
    message_.assign(message);
    EXPECT_TRUE(codecs.gemini.decode_server(message_.text(), codecs.server_message));
    return tell(notice::ModelSaid{message_.text(), codecs.server_message, stale});
  }

  static std::string line(const ClientRequest& request) {
    return std::visit([](const auto& asked) { return describe(asked); }, request);
  }

  Codecs codecs;
  SessionContext context{SessionConfig{.id = "s-1"}, Instant{}};
  Actions out;
  Encoded encoded;  // of the last notice
  std::unique_ptr<ClientCodec> codec;

 private:
  // The requests are read and then forgotten, as the session does it.
  std::vector<std::string> lines(std::span<const ClientRequest> requests) {
    std::vector<std::string> all;
    for (const ClientRequest& request : requests) all.push_back(line(request));
    codec->forget_requests();
    return all;
  }

  static std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }
  static std::string describe(const request::Open& open) { return "open " + open.setup.model; }
  static std::string describe(const request::Resume& resume) {
    return "resume " + resume.token +
           (resume.received ? " " + std::to_string(*resume.received) : "");
  }
  static std::string describe(const request::Audio& audio) {
    std::string text = "audio " + std::to_string(audio.rate_hz) + ":";
    for (const std::int16_t sample : audio.samples) text += " " + std::to_string(sample);
    return text;
  }
  static std::string describe(const request::Picture& picture) {
    return "picture " + std::string(picture.mime_type) + " " + std::string(picture.base64);
  }
  static std::string describe(const request::Control& control) {
    std::string text = "control";
    if (control.text) text += " " + quoted(*control.text);
    if (control.activity_start) text += " start";
    if (control.activity_end) text += " end";
    if (control.audio_stream_end) text += " stream_end";
    if (control.flushes_audio) text += " flushes";
    return text + as_it_came(control.wire);
  }
  static std::string describe(const request::Content& content) {
    const char* const asks = content.asks == Asks::reply     ? "reply "
                             : content.asks == Asks::history ? "history "
                                                             : "nothing ";
    return std::string("content ") + asks + std::string(content.json) + as_it_came(content.wire);
  }
  static std::string describe(const request::ContextUpdate& update) {
    return "context_update" + (update.instruction ? " " + quoted(*update.instruction) : "") +
           (update.tools_json.empty() ? "" : " " + std::string(update.tools_json)) +
           as_it_came(update.wire);
  }
  static std::string describe(const request::ToolAnswers& answers) {
    std::string text = "tool_answers";
    for (const auto& response : answers.responses) {
      text += " " + std::string(response.id) + "=" + std::string(response.response_json);
    }
    return text + as_it_came(answers.wire);
  }
  static std::string describe(const request::Interrupt&) { return "interrupt"; }
  static std::string describe(const request::Played& played) {
    return "played " + std::to_string(played.samples);
  }
  static std::string describe(const request::Confirmed& confirmed) {
    return "confirmed " + std::to_string(confirmed.received);
  }
  static std::string describe(const request::Ping& ping) {
    return "ping " + std::to_string(ping.id);
  }
  static std::string describe(const request::Stop&) { return "stop"; }
  static std::string describe(const request::Fail& fail) {
    return "fail " + std::to_string(fail.close_code) + " " + fail.code + ": " + fail.message;
  }
  static std::string describe(const request::Refuse& refuse) {
    return "refuse " + refuse.code + ": " + refuse.message;
  }
  static std::string as_it_came(std::string_view wire) {
    return wire.empty() ? "" : " as it came: " + std::string(wire);
  }

  std::string line(const Action& action) const {
    if (std::holds_alternative<RevokeAudio>(action)) return "take back";
    const auto* const send = std::get_if<SendClient>(&action);
    if (send == nullptr) return "another action";
    std::string text = send->binary ? "binary " : "text ";
    if (send->part == ClientPart::connection) text += "connection ";
    if (send->part == ClientPart::offer) text += "offer ";
    if (send->revocable) text += "revocable ";
    return text.append(out.bytes(send->payload));
  }

  PaddedString message_;  // requests and notices view it
};

}  // namespace livegate::session
