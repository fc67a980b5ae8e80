#include "proto/realtime_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"

namespace livegate::proto {
namespace {

using testing::HasSubstr;

std::string sound(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 7 % 253);
  return text;
}

std::string base64_of(std::string_view bytes) {
  std::string out(base64::encoded_size(bytes.size()), '\0');
  base64::encode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, out.data());
  return out;
}

std::string bytes_of(std::string_view text) {
  std::string out(base64::decoded_size_max(text.size()), '\0');
  const auto size = base64::decode(text, reinterpret_cast<std::uint8_t*>(out.data()));
  EXPECT_TRUE(size);
  out.resize(size.value_or(0));
  return out;
}

struct RealtimePiecesTest : testing::Test {
  GeminiDecoder decoder, reader;
  ClientMessage scratch, piece;
  RealtimePieces pieces;

  bool begin(std::string_view message) {
    const PaddedString text(message);
    const bool begun = pieces.begin(text.text(), decoder, scratch);
    // What was given is not needed any more.
    PaddedString other(R"({"realtimeInput":{"text":"another"}})");
    EXPECT_TRUE(decoder.decode_client(other.text(), scratch));
    return begun;
  }
  const RealtimeInput& next() {
    const PaddedText text = pieces.next();
    EXPECT_LE(text.size(), limits::kRealtimeCutBytes);
    EXPECT_TRUE(reader.decode_client(text, piece)) << text.view();
    EXPECT_EQ(piece.kind, ClientKind::realtime_input);
    return piece.realtime_input;
  }
};

TEST_F(RealtimePiecesTest, a_minute_of_sound_is_the_same_sound_in_pieces) {
  for (const std::size_t size : {100'000U, 100'001U, 100'002U}) {
    const std::string pcm = sound(size);
    ASSERT_TRUE(begin(R"({"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=8000","data":")" +
                      base64_of(pcm) + "\"}}}"));
    std::string heard;
    std::size_t count = 0;
    for (; pieces.has_more(); ++count) {
      const RealtimeInput& input = next();
      ASSERT_EQ(input.audio.size(), 1U);
      EXPECT_EQ(input.audio[0].mime_type, "audio/pcm;rate=8000");
      const std::string bytes = bytes_of(input.audio[0].base64);
      EXPECT_LE(bytes.size(), limits::kAudioPieceBytes + 2);
      heard += bytes;
    }
    EXPECT_EQ(count, size / limits::kAudioPieceBytes + 1);
    EXPECT_TRUE(heard == pcm);
  }
}

TEST_F(RealtimePiecesTest, what_stands_beside_the_sound_comes_behind_it) {
  const std::string data = base64_of(sound(30'000));
  ASSERT_TRUE(begin(R"({"realtimeInput":{"text":"say \"hi\"","audioStreamEnd":true,"mediaChunks":[)"
                    R"({"mimeType":"image/jpeg","data":"/9j/"},)"
                    R"({"mimeType":"audio/pcm;rate=16000","data":")" +
                    data + R"("},{"mimeType":"audio/pcm;rate=24000","data":")" + data + "\"}]}}"));
  std::string first, second;
  while (true) {
    const RealtimeInput& input = next();
    if (input.audio.empty()) break;
    (input.audio[0].mime_type == "audio/pcm;rate=16000" ? first : second) +=
        bytes_of(input.audio[0].base64);
  }
  EXPECT_TRUE(first == sound(30'000));
  EXPECT_TRUE(second == sound(30'000));
  EXPECT_FALSE(pieces.has_more());
  EXPECT_EQ(piece.realtime_input.text, "say \"hi\"");
  EXPECT_TRUE(piece.realtime_input.audio_stream_end);
  EXPECT_FALSE(piece.realtime_input.activity_end);
  ASSERT_EQ(piece.realtime_input.video.size(), 1U);
  EXPECT_EQ(piece.realtime_input.video[0].mime_type, "image/jpeg");
  EXPECT_EQ(piece.realtime_input.video[0].base64, "/9j/");
}

TEST_F(RealtimePiecesTest, escapes_hide_neither_the_message_nor_its_sound) {
  std::string data = base64_of(sound(60'000));
  for (std::size_t at = 0; (at = data.find('/', at)) != std::string::npos; at += 2) {
    data.replace(at, 1, "\\/");
  }
  ASSERT_TRUE(begin(R"({"setup":null,"\u0072ealtim\u0065Input":{"audio":{"mimeType":"audio\/pcm",)"
                    R"("data":")" +
                    data + "\"}}}"));
  std::string heard;
  while (pieces.has_more()) heard += bytes_of(next().audio[0].base64);
  EXPECT_TRUE(heard == sound(60'000));
}

TEST_F(RealtimePiecesTest, other_messages_are_left_alone) {
  const std::string long_text(50'000, 'a');
  EXPECT_FALSE(begin(R"({"realtimeInput":{"audio":{"data":"AAAA"}}})"));
  EXPECT_FALSE(begin(R"({"realtimeInput":{"text":")" + long_text + "\"}}"));
  EXPECT_FALSE(
      begin(R"({"clientContent":{"turns":[{"parts":[{"text":"realtime )" + long_text + "\"}]}]}}"));
  EXPECT_FALSE(begin(R"({"realtimeInput":{"audio":{"data":")" + long_text));
  EXPECT_FALSE(pieces.has_more());
}

}  // namespace
}  // namespace livegate::proto
