#include "offline/live_session_frames.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"

namespace livegate::offline {
namespace {

constexpr std::string_view kRole = "\"model\"";

}  // namespace

void send(const proto::ServerMessage& message, LiveActions& out) {
  std::string bytes;
  proto::append_server_message(bytes, message);
  out.push_back(Send{.bytes = std::move(bytes)});
}

void send_bare(LiveActions& out) { send(proto::ServerMessage{}, out); }

void send_empty_content(LiveActions& out) {
  out.push_back(Send{.bytes = "{\n  \"serverContent\": {}\n}\n"});
}

void Frames::before_content(LiveActions& out) {
  if (style_.habits.bare_frames) send_bare(out);
  if (std::exchange(begun_, true)) return;
  if (!style_.habits.empty_content) return;
  send_empty_content(out);
  if (style_.habits.bare_frames) send_bare(out);
}

void Frames::content(proto::ServerMessage message, LiveActions& out) {
  before_content(out);
  const bool by_model = !message.media.empty() || !message.text.empty();
  if (by_model && style_.habits.role != RolePlace::absent) {
    message.unknown.push_back({.path = "serverContent.modelTurn", .key = "role", .json = kRole});
  }
  send(message, out);
}

void Frames::words(std::string_view text, LiveActions& out) {
  while (!text.empty()) {
    const std::size_t end = style_.words_apart ? text.find(' ', 1) : std::string_view::npos;
    proto::ServerMessage message;
    message.output_transcription = proto::Transcription{.text = text.substr(0, end)};
    content(std::move(message), out);
    text.remove_prefix(std::min(end, text.size()));
  }
}

void Frames::audio(std::span<const std::int16_t> samples, std::string_view text, LiveActions& out) {
  if (!text.empty() && (style_.words_apart || style_.vertex)) {
    words(text, out);
    text = {};
  }
  if (style_.vertex) {
    before_content(out);
    std::string bytes;
    proto::append_vertex_audio(bytes, samples);
    out.push_back(Send{.bytes = std::move(bytes)});
    return;
  }
  std::vector<std::uint8_t> pcm(samples.size() * 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto sample = static_cast<std::uint16_t>(samples[i]);
    pcm[2 * i] = static_cast<std::uint8_t>(sample & 0xff);
    pcm[2 * i + 1] = static_cast<std::uint8_t>(sample >> 8);
  }
  std::string base64(base64::encoded_size(pcm.size()), '\0');
  base64::encode(pcm, base64.data());
  proto::ServerMessage message;
  message.media.push_back({.mime_type = "audio/pcm;rate=24000", .base64 = base64});
  if (!text.empty()) message.output_transcription = proto::Transcription{.text = text};
  content(std::move(message), out);
}

}  // namespace livegate::offline
