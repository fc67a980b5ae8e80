// A session in simulated time, for tests: the person, the model and the clock are played by the
// test, and what the session wants done is written down.
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/session.h"

namespace livegate::session {

// A tone is speech: by its energy alone, as its level never changes.
inline turn::EndpointerOptions endpointer_of_tones() {
  turn::EndpointerOptions options = turn::verdict_options();
  options.level_time = 1h;
  return options;
}

// Audio of a client of the Live API, 20 ms a frame at 16 kHz.
inline std::string audio_message(std::int16_t amplitude, int frames) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(frames) * 320);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = i % 40 < 20 ? amplitude : static_cast<std::int16_t>(-amplitude);
  std::string wire;
  proto::append_realtime_audio(wire, samples, 16000);
  return wire;
}

class CallTest : public testing::Test {
 protected:
  void begin(SessionConfig config) {
    config.uplink.endpointer.level_time = endpointer_of_tones().level_time;
    config.uplink.ear = {.kind = audio::EarKind::energy};
    config.uplink.packet = 40ms;
    config.watchdog.enabled = treats_stalls;
    config.id = "test";
    session = std::make_unique<Session>(std::move(config), codecs, Rng(1), now);
  }
  void begin_native() { begin({.client = ClientKind::native}); }
  void begin_live() { begin({.client = ClientKind::live}); }
  // Started, connected and set up.
  void begin_ready(ClientKind kind = ClientKind::native) {
    begin({.client = kind});
    client_sends(kind == ClientKind::native ? R"({"type":"start"})"
                                            : R"({"setup":{"model":"models/m"}})");
    upstream_comes_up();
    forget();
  }

  // ---- what happens
  void happens(const Event& event) {
    Actions actions;
    session->handle(event, now, actions);
    for (const Action& action : actions.list()) write_down(action, actions);
    if (const auto deadline = session->next_deadline(); std::holds_alternative<Tick>(event)) {
      EXPECT_TRUE(!deadline || deadline->at > now) << "a tick leaves no deadline behind it";
    }
  }
  void client_sends(const std::string& text) { happens(ClientText{PaddedString(text).text()}); }
  void client_sends_binary(std::string_view bytes) {
    happens(ClientBinary{PaddedString(bytes).text()});
  }
  void client_plays(double amplitude, Millis length) {  // 20 ms frames in real time
    for (Millis t{0}; t < length; t += 20ms) {
      std::string frame;
      for (int i = 0; i < 320; ++i) {
        const auto sample =
            static_cast<std::int16_t>(amplitude * std::sin(2 * std::numbers::pi * i / 40.0));
        frame += static_cast<char>(sample & 0xff);
        frame += static_cast<char>((sample >> 8) & 0xff);
      }
      client_sends_binary(frame);
      passes(20ms);
    }
  }
  void client_speaks(Millis length) { client_plays(8000, length); }
  void client_is_silent(Millis length) { client_plays(0, length); }

  void upstream_opens() { happens(UpstreamOpened{epoch}); }
  void upstream_says(const std::string& text) {
    happens(UpstreamMessage{epoch, PaddedString(text).text()});
  }
  void upstream_comes_up() {
    upstream_opens();
    upstream_says("{\n  \"setupComplete\": {}\n}\n");
  }
  void upstream_dies(std::uint16_t code = 1006, const std::string& reason = "") {
    happens(UpstreamGone{epoch, /*connected=*/true, code, reason});
  }
  void upstream_cannot_be_reached(const std::string& why = "connection refused") {
    happens(UpstreamGone{epoch, /*connected=*/false, 1006, why});
  }
  void reply_audio() {
    upstream_says(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AQACAAMA"}}]}}})");
  }

  // Time goes by, and deadlines are met on the way.
  void passes(Millis time) {
    const Instant end = now + time;
    while (const auto deadline = session->next_deadline()) {
      if (deadline->at > end) break;
      now = std::max(now, deadline->at);
      happens(Tick{});
    }
    now = end;
  }

  void forget() {
    client_texts.clear();
    client_audio_bytes = 0;
    upstream_texts.clear();
    notes.clear();
  }

  [[nodiscard]] bool client_was_told(std::string_view part) const {
    return contains(client_texts, part);
  }
  [[nodiscard]] bool upstream_was_told(std::string_view part) const {
    return contains(upstream_texts, part);
  }
  [[nodiscard]] std::size_t upstream_heard(std::string_view part) const {
    std::size_t count = 0;
    for (const auto& text : upstream_texts) count += text.find(part) != std::string::npos;
    return count;
  }

  // What the model was sent of the person's voice, in ms.
  [[nodiscard]] Millis upstream_speech() const {
    std::size_t samples = 0;
    for (const auto& text : upstream_texts) {
      const auto begin = text.find(R"("data":")");
      if (begin == std::string::npos || text.find("audio/pcm") == std::string::npos) continue;
      const auto end = text.find('"', begin + 8);
      samples += (end - begin - 8) / 4 * 3 / 2;
    }
    return Millis(samples / 16);
  }

  bool treats_stalls = false;  // set before begin(): most models here are silent without being ill
  Codecs codecs;
  Instant now{};
  std::unique_ptr<Session> session;

  // ---- what was wanted
  std::uint32_t epoch = 0;  // of the connection last asked for
  int opened = 0;
  int closed_upstream = 0;
  int pings = 0;
  int revoked = 0;
  std::vector<std::string> client_texts;
  std::vector<bool> client_binary;  // of each of client_texts
  std::size_t client_audio_bytes = 0;
  std::vector<std::string> upstream_texts;
  std::optional<CloseClient> closed_client;
  std::vector<ResumeClient> resumes;
  std::vector<NoteKind> notes;
  bool finished = false;

 private:
  static bool contains(const std::vector<std::string>& texts, std::string_view part) {
    for (const auto& text : texts) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  }

  void write_down(const Action& action, const Actions& actions) {
    EXPECT_FALSE(finished) << "nothing after Finish";
    if (const auto* send = std::get_if<SendClient>(&action)) {
      const auto bytes = actions.bytes(send->payload);
      if (send->binary && !bytes.starts_with('{')) {
        client_audio_bytes += bytes.size();
      } else {
        client_texts.emplace_back(bytes);
        client_binary.push_back(send->binary);
      }
    } else if (std::holds_alternative<RevokeAudio>(action)) {
      ++revoked;
    } else if (const auto* up = std::get_if<SendUpstream>(&action)) {
      EXPECT_EQ(up->epoch, epoch) << "nothing is sent over a dead connection";
      upstream_texts.emplace_back(actions.bytes(up->payload));
    } else if (const auto* open = std::get_if<OpenUpstream>(&action)) {
      epoch = open->epoch;
      ++opened;
    } else if (std::holds_alternative<CloseUpstream>(action)) {
      ++closed_upstream;
    } else if (std::holds_alternative<PingUpstream>(action)) {
      ++pings;
    } else if (const auto* close = std::get_if<CloseClient>(&action)) {
      closed_client = *close;
    } else if (const auto* note = std::get_if<Note>(&action)) {
      notes.push_back(note->kind);
    } else if (const auto* resume = std::get_if<ResumeClient>(&action)) {
      resumes.push_back(*resume);
    } else {
      finished = true;
    }
  }
};

}  // namespace livegate::session
