// What a LiveSession counts, and how it tells.
//
// Estimates: the service bills 25 tokens per second of audio, in and out, and its text tokens are
// some four characters long. Prompt counts hold the whole context again in every turn, as the
// service's do. As with the service, the parts of a usage need not sum to its total.
#include "offline/live_session.h"

namespace livegate::offline {
namespace {

std::string part(std::string_view modality, std::int64_t tokens) {
  return R"({"modality": ")" + std::string(modality) + R"(", "tokenCount": )" +
         std::to_string(tokens) + "}";
}

}  // namespace

std::int64_t audio_tokens(std::size_t samples, int rate_hz) {
  return static_cast<std::int64_t>(samples) * 25 / rate_hz;
}

std::int64_t LiveSession::text_tokens(std::size_t bytes) {
  return static_cast<std::int64_t>(bytes / 4 + 1);
}

void LiveSession::count_prompt(std::int64_t text, std::int64_t audio) {
  context_tokens_ += text + audio;
  context_audio_tokens_ += audio;
}

// Of the turn that is being completed.
std::string LiveSession::usage_json() const {
  const std::int64_t sound = audio_tokens(turn_->sent_samples(), audio::kDownlinkRateHz);
  const std::int64_t response = response_tokens_ + sound;
  const std::int64_t thoughts = habits_.counts_thoughts ? 7 + response / 2 : 0;
  const std::int64_t total =
      context_tokens_ + response + (habits_.total_has_thoughts ? thoughts : 0);
  const std::string kind = options_.vertex ? "candidates" : "response";
  std::string json = R"({"promptTokenCount": )" + std::to_string(context_tokens_) + ", \"" + kind +
                     R"(TokenCount": )" + std::to_string(response) + R"(, "totalTokenCount": )" +
                     std::to_string(total) + R"(, "promptTokensDetails": [)";
  const std::int64_t text = context_tokens_ - context_audio_tokens_;
  json += part("TEXT", text - text / 16);
  if (context_audio_tokens_ > 0) json += ", " + part("AUDIO", context_audio_tokens_);
  json += ']';
  if (sound > 0) {
    json += ", \"" + kind + "TokensDetails\": [" +
            (options_.vertex ? R"({"modality": "AUDIO"})" : part("AUDIO", sound)) + ']';
  }
  if (thoughts > 0) json += R"(, "thoughtsTokenCount": )" + std::to_string(thoughts);
  return json + '}';
}

}  // namespace livegate::offline
