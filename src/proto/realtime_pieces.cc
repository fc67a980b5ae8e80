#include "proto/realtime_pieces.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/give_back.h"
#include "base/limits.h"

namespace livegate::proto {
namespace {

// A multiple of four: each piece is base64 of its own. 256 ms at 8 kHz.
constexpr std::size_t kPieceChars = (limits::kAudioPieceBytes + 2) / 3 * 4;
static_assert(kPieceChars % 4 == 0);

void append_blob(std::string& out, std::string_view mime_type, std::string_view base64) {
  out += '{';
  if (!mime_type.empty()) {
    out += R"("mimeType":)";
    append_json_string(out, mime_type);
    out += ',';
  }
  out += R"("data":)";
  append_json_string(out, base64);
  out += '}';
}

// What the message holds beside sound; empty: nothing.
std::string rest_of(const RealtimeInput& input) {
  std::string members;
  const auto member = [&members](std::string_view text) {
    members.append(members.empty() ? "" : ",").append(text);
  };
  if (!input.video.empty()) {
    std::string list = R"("mediaChunks":[)";
    for (const InlineData& picture : input.video) {
      if (list.back() != '[') list += ',';
      append_blob(list, picture.mime_type, picture.base64);
    }
    member(list + ']');
  }
  if (input.text) {
    std::string text = R"("text":)";
    append_json_string(text, *input.text);
    member(text);
  }
  if (input.activity_start) member(R"("activityStart":{})");
  if (input.activity_end) member(R"("activityEnd":{})");
  if (input.audio_stream_end) member(R"("audioStreamEnd":true)");
  return members.empty() ? members : R"({"realtimeInput":{)" + members + "}}";
}

bool lies_in(std::string_view part, std::string_view whole) {
  return !std::less<>()(part.data(), whole.data()) &&
         !std::less<>()(whole.data() + whole.size(), part.data() + part.size());
}

}  // namespace

bool RealtimePieces::begin(PaddedText message, GeminiDecoder& decoder, ClientMessage& scratch) {
  clear();
  if (message.size() < limits::kRealtimeCutBytes) return false;
  // Decoding twice is for messages that can be one: keys may be written with escapes.
  const std::string_view text = message.view();
  if (text.find("realtime") == std::string_view::npos && text.find("\\u") == std::string_view::npos)
    return false;
  if (!decoder.decode_client(message, scratch) || scratch.kind != ClientKind::realtime_input) {
    return false;
  }
  const RealtimeInput& input = scratch.realtime_input;
  std::size_t chars = 0;
  for (const InlineData& blob : input.audio) chars += blob.base64.size();
  if (chars < limits::kRealtimeCutBytes) return false;

  message_.assign(text);
  const char* const copied = message_.text().data();
  for (const InlineData& blob : input.audio) {
    std::string_view base64 = blob.base64;
    base64 = lies_in(base64, text)
                 ? std::string_view(copied + (base64.data() - text.data()), base64.size())
                 : unescaped_.emplace_back(base64);
    audio_.push_back({std::string(blob.mime_type), base64});
  }
  rest_ = rest_of(input);
  return true;
}

PaddedText RealtimePieces::next() {
  if (next_ == audio_.size()) {
    piece_.assign(std::exchange(rest_, {}));
    return piece_.text();
  }
  const Audio& audio = audio_[next_];
  const std::string_view part = audio.base64.substr(offset_, kPieceChars);
  offset_ += part.size();
  if (offset_ == audio.base64.size()) {
    ++next_;
    offset_ = 0;
  }
  text_ = R"({"realtimeInput":{"audio":)";
  append_blob(text_, audio.mime_type, part);
  text_ += "}}";
  piece_.assign(text_);
  return piece_.text();
}

void RealtimePieces::clear() {
  if (audio_.empty() && rest_.empty()) return;
  message_ = PaddedString();
  give_back(unescaped_);
  give_back(audio_);
  give_back(rest_);
  give_back(text_);
  piece_ = PaddedString();
  next_ = offset_ = 0;
}

}  // namespace livegate::proto
