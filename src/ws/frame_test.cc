#include "ws/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "base/limits.h"
#include "ws/test_frames.h"

namespace livegate::ws {
namespace {

using test::operator+;
using test::Bytes;
using test::decode;
using test::RawFrame;
using test::Seen;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint8_t kFin = 0x80;

Bytes of_client(const RawFrame& frame) { return frame.bytes(); }

Bytes of_server(RawFrame frame) {
  frame.mask.reset();
  return frame.bytes();
}

// What a decoder that reads a client says to `stream`.
test::Outcome server_reads(const Bytes& stream) { return decode(PeerRole::client, stream); }

void expect_refused(const Bytes& stream, CloseCode code, std::string_view reason) {
  const auto outcome = server_reads(stream);
  EXPECT_EQ(outcome.failure, code);
  EXPECT_EQ(outcome.reason, reason);
  EXPECT_THAT(outcome.messages, IsEmpty());
}

TEST(WsDecoder, reads_the_examples_of_section_5_7) {
  const Bytes unmasked{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f};
  const Bytes masked{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
  const Bytes fragmented{0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f};
  const Bytes ping{0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f};
  const Seen hello{Opcode::text, "Hello"};
  EXPECT_THAT(decode(PeerRole::server, unmasked).messages, ElementsAre(hello));
  EXPECT_THAT(decode(PeerRole::client, masked).messages, ElementsAre(hello));
  EXPECT_THAT(decode(PeerRole::server, fragmented).messages, ElementsAre(hello));
  EXPECT_THAT(decode(PeerRole::server, ping).messages, ElementsAre(Seen{Opcode::ping, "Hello"}));
}

TEST(WsDecoder, refuses_each_reserved_bit) {
  for (const int bit : {0x40, 0x20, 0x10}) {
    expect_refused(of_client({.first = static_cast<std::uint8_t>(0x81 | bit)}),
                   CloseCode::protocol_error, "reserved bits are set");
  }
}

TEST(WsDecoder, refuses_every_reserved_opcode) {
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    expect_refused(of_client({.first = static_cast<std::uint8_t>(kFin | opcode)}),
                   CloseCode::protocol_error, "the opcode is reserved");
  }
}

TEST(WsDecoder, refuses_a_client_that_does_not_mask) {
  expect_refused(of_server({.payload = "x"}), CloseCode::protocol_error,
                 "a client's frame is not masked");
}

TEST(WsDecoder, refuses_a_server_that_masks) {
  const auto outcome = decode(PeerRole::server, of_client({.payload = "x"}));
  EXPECT_EQ(outcome.failure, CloseCode::protocol_error);
  EXPECT_EQ(outcome.reason, "a server's frame is masked");
}

TEST(WsDecoder, refuses_a_fragmented_control_frame) {
  for (const std::uint8_t opcode : std::initializer_list<std::uint8_t>{8, 9, 10}) {
    expect_refused(of_client({.first = opcode}), CloseCode::protocol_error,
                   "a control frame is fragmented");
  }
}

TEST(WsDecoder, takes_a_control_frame_of_125_bytes_and_refuses_126) {
  const std::string longest(125, 'p');
  EXPECT_THAT(server_reads(of_client({.first = 0x89, .payload = longest})).messages,
              ElementsAre(Seen{Opcode::ping, longest}));
  expect_refused(of_client({.first = 0x89, .payload = longest + "p"}), CloseCode::protocol_error,
                 "a control frame is over 125 bytes");
}

TEST(WsDecoder, refuses_a_continuation_without_a_beginning) {
  expect_refused(of_client({.first = kFin | 0}), CloseCode::protocol_error,
                 "a continuation without a beginning");
}

TEST(WsDecoder, refuses_a_continuation_after_a_finished_message) {
  const auto outcome =
      server_reads(of_client({.payload = "a"}) + of_client({.first = kFin, .payload = "b"}));
  EXPECT_THAT(outcome.messages, ElementsAre(Seen{Opcode::text, "a"}));
  EXPECT_EQ(outcome.failure, CloseCode::protocol_error);
}

TEST(WsDecoder, refuses_a_new_message_inside_a_fragmented_one) {
  expect_refused(of_client({.first = 0x01, .payload = "a"}) + of_client({.payload = "b"}),
                 CloseCode::protocol_error, "a new message inside a fragmented one");
}

TEST(WsDecoder, refuses_lengths_that_are_not_in_their_shortest_form) {
  for (const auto& [length, form] : {std::pair{0, 2}, {125, 2}, {125, 8}, {126, 8}, {65535, 8}}) {
    const RawFrame frame{.first = 0x82,
                         .payload = std::string(static_cast<std::size_t>(length), 'x'),
                         .length_bytes = form};
    expect_refused(frame.bytes(), CloseCode::protocol_error,
                   "a length is not in its shortest form");
  }
}

TEST(WsDecoder, takes_every_length_at_the_edges_of_the_three_forms) {
  for (const std::size_t length : {0, 1, 125, 126, 127, 65535, 65536, 65537}) {
    const std::string payload(length, 'x');
    EXPECT_THAT(server_reads(of_client({.first = 0x82, .payload = payload})).messages,
                ElementsAre(Seen{Opcode::binary, payload}));
  }
}

TEST(WsDecoder, refuses_a_length_of_64_bits) {
  expect_refused(of_client({.first = 0x82, .announced = 1ULL << 63, .length_bytes = 8}),
                 CloseCode::protocol_error, "a length's highest bit is set");
}

TEST(WsDecoder, refuses_a_message_that_is_too_big_from_its_header_alone) {
  for (const std::uint64_t length : {test::kMessageBytesMax + 1, ~std::size_t{0} >> 1}) {
    expect_refused(of_client({.first = 0x82, .announced = length}), CloseCode::message_too_big,
                   "the message is too big");
  }
}

TEST(WsDecoder, counts_all_fragments_against_the_cap) {
  const Bytes first = of_client({.first = 0x02, .payload = "abcdef"});
  const auto fits = decode(PeerRole::client, first + of_client({.first = 0x80, .payload = "gh"}),
                           {}, /*message_bytes_max=*/8);
  EXPECT_THAT(fits.messages, ElementsAre(Seen{Opcode::binary, "abcdefgh"}));
  const auto too_big = decode(PeerRole::client, first + of_client({.first = 0x80, .announced = 3}),
                              {}, /*message_bytes_max=*/8);
  EXPECT_EQ(too_big.failure, CloseCode::message_too_big);
}

TEST(WsDecoder, control_frames_do_not_count_against_the_cap) {
  const auto outcome =
      decode(PeerRole::client, of_client({.first = 0x89, .payload = "longer than the cap"}), {}, 8);
  EXPECT_THAT(outcome.messages, ElementsAre(Seen{Opcode::ping, "longer than the cap"}));
}

TEST(WsDecoder, delivers_control_frames_between_fragments_at_once) {
  const auto outcome = server_reads(
      of_client({.first = 0x01, .payload = "he"}) + of_client({.first = 0x89, .payload = "?"}) +
      of_client({.first = 0x00, .payload = "ll"}) + of_client({.first = 0x8A, .payload = ""}) +
      of_client({.first = 0x80, .payload = "o"}));
  EXPECT_THAT(outcome.messages, ElementsAre(Seen{Opcode::ping, "?"}, Seen{Opcode::pong, ""},
                                            Seen{Opcode::text, "hello"}));
  EXPECT_FALSE(outcome.failure);
}

TEST(WsDecoder, joins_fragments_that_are_empty) {
  const auto outcome =
      server_reads(of_client({.first = 0x01}) + of_client({.first = 0x00}) +
                   of_client({.first = 0x80}) + of_client({.first = 0x02}) +
                   of_client({.first = 0x00, .payload = "x"}) + of_client({.first = 0x80}));
  EXPECT_THAT(outcome.messages, ElementsAre(Seen{Opcode::text, ""}, Seen{Opcode::binary, "x"}));
}

TEST(WsDecoder, lets_a_character_lie_across_fragments) {
  const auto outcome = server_reads(of_client({.first = 0x01, .payload = "gr\xC3"}) +
                                    of_client({.first = 0x80, .payload = "\xBC\xC3\x9F e"}));
  EXPECT_THAT(outcome.messages, ElementsAre(Seen{Opcode::text, "gr\xC3\xBC\xC3\x9F e"}));
}

TEST(WsDecoder, refuses_text_that_is_not_utf8_before_the_rest_has_come) {
  const RawFrame begun{.payload = "ok\xED\xA0", .announced = 1000};
  expect_refused(begun.bytes(), CloseCode::invalid_payload, "the text is not UTF-8");
}

TEST(WsDecoder, refuses_text_that_ends_inside_a_character) {
  expect_refused(of_client({.payload = "\xE2\x82"}), CloseCode::invalid_payload,
                 "the text is not UTF-8");
}

TEST(WsDecoder, does_not_look_into_binary_messages) {
  EXPECT_THAT(server_reads(of_client({.first = 0x82, .payload = "\xFF\xFE"})).messages,
              ElementsAre(Seen{Opcode::binary, "\xFF\xFE"}));
}

TEST(WsDecoder, reads_nothing_after_a_close_frame) {
  const auto outcome = server_reads(of_client({.first = 0x88, .payload = "\x03\xE8 bye"}) +
                                    of_client({.payload = "too late"}) + Bytes(40, 0xFF));
  EXPECT_THAT(outcome.messages, ElementsAre(Seen{Opcode::close, "\x03\xE8 bye"}));
  EXPECT_FALSE(outcome.failure);
}

TEST(WsDecoder, reads_nothing_after_a_failure) {
  const auto outcome = server_reads(of_client({.first = 0xF1}) + of_client({.payload = "late"}));
  EXPECT_THAT(outcome.messages, IsEmpty());
  EXPECT_EQ(outcome.failure, CloseCode::protocol_error);
}

TEST(WsDecoder, delivers_a_whole_message_where_it_lies) {
  Bytes stream = of_client({.payload = std::string(900, 'a')}) + of_client({.payload = "b"});
  const std::size_t size = stream.size();
  stream.resize(size + kTextPadding);
  Decoder decoder(PeerRole::client, test::kMessageBytesMax);
  decoder.feed(std::span(stream).first(size));
  const auto first = decoder.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(reinterpret_cast<const std::uint8_t*>(first->payload.data()), &stream[8]);
  EXPECT_EQ(decoder.held_bytes(), 0U);
  const auto second = decoder.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->payload.view(), "b");
  EXPECT_FALSE(decoder.next());
}

TEST(WsDecoder, padding_behind_every_message_is_readable) {
  const Bytes stream =
      of_client({.first = 0x01, .payload = ""}) + of_client({.first = 0x80, .payload = ""}) +
      of_client({.first = 0x89, .payload = "ping"}) + of_client({.first = 0x01, .payload = "ab"}) +
      of_client({.first = 0x80, .payload = "c"});
  for (const std::size_t step : {std::size_t{1}, stream.size()}) {
    Decoder decoder(PeerRole::client, test::kMessageBytesMax);
    int messages = 0;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      const auto from = stream.begin() + static_cast<std::ptrdiff_t>(at);
      Bytes piece(from, from + static_cast<std::ptrdiff_t>(step));
      piece.resize(step + kTextPadding);
      decoder.feed(std::span(piece).first(step));
      while (const auto message = decoder.next()) {
        // The address sanitizer is the judge of these reads.
        std::string beyond(message->payload.data(), message->payload.size() + kTextPadding);
        EXPECT_EQ(beyond.size(), message->payload.size() + kTextPadding);
        ++messages;
      }
    }
    EXPECT_EQ(messages, 3);
  }
}

TEST(WsDecoder, holds_back_only_what_is_unfinished) {
  const Bytes stream = of_client({.payload = "whole"}) + of_client({.payload = "unfinished"});
  EXPECT_EQ(decode(PeerRole::client, stream).held_bytes, 0U);
  const Bytes cut(stream.begin(), stream.end() - 4);
  EXPECT_EQ(decode(PeerRole::client, cut).held_bytes, 6 + std::string("unfin").size() + 1);
}

void expect_close(std::string_view payload, std::uint16_t code, std::string_view reason) {
  const auto result = parse_close(payload);
  ASSERT_TRUE(result.status);
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.status->code, code);
  EXPECT_EQ(result.status->reason, reason);
}

std::string close_payload(int code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return payload.append(reason);
}

TEST(WsClose, without_a_code_is_1005) { expect_close("", 1005, ""); }

TEST(WsClose, gives_code_and_reason) {
  expect_close(close_payload(1000), 1000, "");
  expect_close(close_payload(4001, "gr\xC3\xBC\xC3\x9F"), 4001, "gr\xC3\xBC\xC3\x9F");
}

TEST(WsClose, of_one_byte_is_refused) {
  EXPECT_EQ(parse_close("x").failure->code, CloseCode::protocol_error);
}

TEST(WsClose, with_an_illegal_code_is_refused) {
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
    const auto result = parse_close(close_payload(code));
    ASSERT_TRUE(result.failure) << code;
    EXPECT_EQ(result.failure->code, CloseCode::protocol_error);
    EXPECT_FALSE(result.status);
  }
}

TEST(WsClose, with_a_legal_code_is_taken) {
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4999}) {
    EXPECT_TRUE(parse_close(close_payload(code)).status) << code;
  }
}

TEST(WsClose, with_a_reason_that_is_not_utf8_is_refused) {
  EXPECT_EQ(parse_close(close_payload(1000, "\xC3")).failure->code, CloseCode::invalid_payload);
}

TEST(WsEncoder, writes_the_examples_of_section_5_7) {
  const Bytes hello{'H', 'e', 'l', 'l', 'o'};
  Bytes out;
  append_frame(out, Opcode::text, hello, std::nullopt);
  EXPECT_EQ(out, (Bytes{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  out.clear();
  append_frame(out, Opcode::pong, hello, 0x37fa213d);
  EXPECT_EQ(out, (Bytes{0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
  out.clear();
  append_frame(out, Opcode::binary, Bytes(256, 7), std::nullopt);
  EXPECT_EQ((Bytes{out.begin(), out.begin() + 4}), (Bytes{0x82, 0x7E, 0x01, 0x00}));
  out.clear();
  append_frame(out, Opcode::binary, Bytes(65536, 7), std::nullopt);
  EXPECT_EQ((Bytes{out.begin(), out.begin() + 10}), (Bytes{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(WsEncoder, writes_close_frames_that_read_back) {
  Bytes out;
  append_close(out, 1001, "going", std::nullopt);
  EXPECT_EQ(out, (Bytes{0x88, 0x07, 0x03, 0xE9, 'g', 'o', 'i', 'n', 'g'}));
  out.clear();
  append_close(out, 1005, "", std::nullopt);
  EXPECT_EQ(out, (Bytes{0x88, 0x00}));
}

TEST(WsEncoder, fits_the_longest_reason_and_no_longer_one) {
  Bytes out;
  append_close(out, 1000, std::string(limits::kCloseReasonBytesMax, 'r'), std::nullopt);
  EXPECT_EQ(out.size(), 2 + limits::kControlPayloadBytesMax);
  EXPECT_THROW(append_close(out, 1000, std::string(124, 'r'), std::nullopt), CheckFailed);
}

}  // namespace
}  // namespace livegate::ws
