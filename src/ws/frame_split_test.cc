// However the bytes arrive, the same messages come out.
#include <utility>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/rng.h"
#include "ws/test_frames.h"

namespace livegate::ws {
namespace {

using test::operator+;
using test::Bytes;
using test::decode;
using test::RawFrame;
using test::Seen;

std::vector<std::pair<std::string, Bytes>> sequences() {
  const auto frame = [](std::uint8_t first, std::string payload) {
    return RawFrame{.first = first, .payload = std::move(payload)}.bytes();
  };
  const std::string euro = "\xE2\x82\xAC";
  return {
      {"text, binary, empty", frame(0x81, euro) + frame(0x82, "\xFF") + frame(0x81, "")},
      {"all three lengths", frame(0x82, std::string(125, 'a')) +
                                frame(0x82, std::string(126, 'b')) + frame(0x81, "end")},
      {"fragments with a ping between",
       frame(0x01, "\xE2") + frame(0x89, "are you there") + frame(0x00, "\x82") + frame(0x00, "") +
           frame(0x8A, "") + frame(0x80, "\xAC") + frame(0x82, "next")},
      {"close and then noise", frame(0x81, "last") + frame(0x88, "\x03\xE8 bye") + Bytes(9, 0x42)},
      {"bad UTF-8 in the second fragment",
       frame(0x81, "fine") + frame(0x01, "\xF0\x90") + frame(0x00, "\x80") + frame(0x80, "\xFF")},
      {"text cut off inside a character", frame(0x01, "\xE2") + frame(0x80, "\x82")},
      {"a reserved bit", frame(0x81, "fine") + frame(0xC1, "compressed")},
      {"an unmasked frame", frame(0x82, "fine") + RawFrame{.payload = "x", .mask = {}}.bytes()},
      {"too big", frame(0x82, "fine") +
                      RawFrame{.payload = "x", .announced = test::kMessageBytesMax + 1}.bytes()},
      {"not the shortest length", RawFrame{.payload = "abc", .length_bytes = 8}.bytes()},
      {"an unfinished frame", RawFrame{.payload = "begun", .announced = 70'000}.bytes()},
      {"an unfinished header", frame(0x81, "fine") + Bytes{0x82, 0xFF, 0, 0, 0}},
      {"a control frame in a fragmented message, unfinished",
       frame(0x02, "part") + RawFrame{.first = 0x89, .payload = "pi", .announced = 9}.bytes()},
  };
}

TEST(WsSplit, every_sequence_cut_at_every_byte_gives_the_same) {
  for (const auto& [name, stream] : sequences()) {
    const auto whole = decode(PeerRole::client, stream);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      EXPECT_EQ(decode(PeerRole::client, stream, {cut}), whole) << name << ", cut at " << cut;
    }
  }
}

// What comes of binary messages when they are given in pieces, each as a message but for its end.
std::vector<Seen> joined(std::span<const std::uint8_t> stream, std::size_t cut,
                         std::size_t piece_bytes) {
  Decoder decoder(PeerRole::client, test::kMessageBytesMax, piece_bytes);
  std::vector<Seen> seen;
  std::string begun;
  for (const auto part : {stream.first(cut), stream.subspan(cut)}) {
    Bytes bytes(part.begin(), part.end());
    bytes.resize(bytes.size() + kTextPadding, 0xEE);
    decoder.feed(std::span(bytes).first(part.size()));
    while (const auto message = decoder.next()) {
      EXPECT_LE(decoder.held_bytes(), piece_bytes + limits::kControlPayloadBytesMax + 14);
      if (message->more) {
        EXPECT_EQ(message->opcode, Opcode::binary);
        EXPECT_EQ(message->payload.size(), piece_bytes);
        begun += message->payload.view();
        continue;
      }
      std::string payload(message->payload.view());
      if (message->opcode == Opcode::binary) payload = std::exchange(begun, {}) + payload;
      seen.push_back({message->opcode, std::move(payload)});
    }
  }
  return seen;
}

TEST(WsSplit, binary_messages_in_pieces_are_the_same_messages) {
  const auto frame = [](std::uint8_t first, std::string payload) {
    return RawFrame{.first = first, .payload = std::move(payload)}.bytes();
  };
  std::string counted;
  for (int i = 0; i < 203; ++i) counted += static_cast<char>(i);
  const Bytes stream = frame(0x82, counted) + frame(0x81, "text") + frame(0x02, counted) +
                       frame(0x89, "between") + frame(0x00, "fragment") + frame(0x80, "") +
                       frame(0x82, counted.substr(0, 40)) + frame(0x82, "");
  const auto whole = decode(PeerRole::client, stream).messages;
  for (const std::size_t piece_bytes : {1, 2, 7, 20, 40, 203, 204}) {
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      EXPECT_EQ(joined(stream, cut, piece_bytes), whole) << piece_bytes << ", cut at " << cut;
    }
  }
}

TEST(WsSplit, what_a_large_message_took_is_free_once_it_is_not_needed) {
  Decoder decoder(PeerRole::client, test::kMessageBytesMax);
  Bytes stream = RawFrame{.payload = std::string(500'000, 'a')}.bytes();
  const Bytes begun(stream.end() - 9, stream.end());
  stream.resize(stream.size() - 9);
  for (Bytes part : {stream, begun}) {
    const std::size_t size = part.size();
    part.resize(size + kTextPadding);
    decoder.feed(std::span(part).first(size));
    if (decoder.next()) break;
  }
  EXPECT_GT(decoder.capacity_bytes(), 500'000U);
  decoder.forget_delivered();
  EXPECT_EQ(decoder.capacity_bytes(), 0U);
  EXPECT_FALSE(decoder.next());
}

TEST(WsSplit, pieces_of_a_message_count_together_for_its_size) {
  Decoder decoder(PeerRole::client, 100, 10);
  Bytes stream = RawFrame{.first = 0x02, .payload = std::string(60, 'a')}.bytes() +
                 RawFrame{.first = 0x80, .payload = std::string(41, 'b')}.bytes();
  const std::size_t size = stream.size();
  stream.resize(size + kTextPadding);
  decoder.feed(std::span(stream).first(size));
  int pieces = 0;
  while (decoder.next()) ++pieces;
  EXPECT_EQ(pieces, 6);
  ASSERT_TRUE(decoder.failure());
  EXPECT_EQ(decoder.failure()->code, CloseCode::message_too_big);
}

TEST(WsSplit, every_sequence_byte_by_byte_gives_the_same) {
  for (const auto& [name, stream] : sequences()) {
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 1; cut < stream.size(); ++cut) cuts.push_back(cut);
    EXPECT_EQ(decode(PeerRole::client, stream, cuts), decode(PeerRole::client, stream)) << name;
  }
}

std::size_t below(Rng& rng, std::size_t bound) {
  return static_cast<std::size_t>(rng.next() % bound);
}

// A message of random size in random fragments, with pings in between. Appends what must come out.
void append_random_message(Rng& rng, Bytes& stream, std::vector<Seen>& expected) {
  const bool text = below(rng, 2) == 0;
  std::string payload;
  const std::size_t pieces = below(rng, 5) == 0 ? 9000 : below(rng, 90);
  for (std::size_t i = 0; i < pieces; ++i) {
    payload +=
        text ? std::string_view("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80").substr(0, 10) : "\xFF";
  }
  std::uint8_t opcode = text ? 1 : 2;
  std::size_t at = 0;
  bool final = false;
  while (!final) {
    if (below(rng, 4) == 0) {
      stream = stream + RawFrame{.first = 0x89, .payload = "p"}.bytes();
      expected.push_back({Opcode::ping, "p"});
    }
    final = below(rng, 3) == 0;
    const std::size_t count = final ? payload.size() - at : below(rng, payload.size() - at + 1);
    const auto first = static_cast<std::uint8_t>((final ? 0x80 : 0) | opcode);
    const auto mask = static_cast<std::uint32_t>(rng.next());
    stream = stream +
             RawFrame{.first = first, .payload = payload.substr(at, count), .mask = mask}.bytes();
    at += count;
    opcode = 0;
  }
  expected.push_back({text ? Opcode::text : Opcode::binary, payload});
}

TEST(WsSplit, random_fragments_in_random_pieces_come_out_whole) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    Bytes stream;
    std::vector<Seen> expected;
    for (int i = 0; i < 6; ++i) append_random_message(rng, stream, expected);
    std::vector<std::size_t> cuts;
    const std::size_t step_max = 1 + below(rng, 3000);
    for (std::size_t at = below(rng, step_max); at < stream.size();
         at += 1 + below(rng, step_max)) {
      cuts.push_back(at);
    }
    const auto outcome = decode(PeerRole::client, stream, cuts);
    EXPECT_FALSE(outcome.failure);
    EXPECT_EQ(outcome.held_bytes, 0U);
    ASSERT_EQ(outcome.messages, expected);
  }
}

TEST(WsSplit, what_we_write_a_peer_of_the_other_role_reads) {
  Rng rng(7);
  Bytes to_server;
  Bytes to_client;
  std::vector<Seen> expected;
  for (const std::size_t size : {0, 1, 3, 125, 126, 1000, 65535, 65536, 200000}) {
    std::string payload;
    while (payload.size() < size) payload.push_back(static_cast<char>(rng.next()));
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size());
    append_frame(to_server, Opcode::binary, bytes, static_cast<std::uint32_t>(rng.next()));
    append_frame(to_client, Opcode::binary, bytes, std::nullopt);
    expected.push_back({Opcode::binary, payload});
  }
  EXPECT_EQ(decode(PeerRole::client, to_server).messages, expected);
  EXPECT_EQ(decode(PeerRole::server, to_client).messages, expected);
}

TEST(WsSplit, the_room_of_a_big_message_is_given_back) {
  const Bytes big = RawFrame{.first = 0x82, .payload = std::string(900'000, 'x')}.bytes();
  const Bytes small = RawFrame{.first = 0x02, .payload = "ab"}.bytes() +
                      RawFrame{.first = 0x80, .payload = "c"}.bytes();
  const auto outcome = decode(PeerRole::client, big + small, {10, 500'000, big.size() + 7});
  ASSERT_EQ(outcome.messages.size(), 2U);
  EXPECT_EQ(outcome.messages[0].payload.size(), 900'000U);
  EXPECT_EQ(outcome.messages[1].payload, "abc");
  EXPECT_EQ(outcome.held_bytes, 0U);
}

TEST(WsSplit, a_big_message_leaves_no_memory_behind) {
  Decoder decoder(PeerRole::server, test::kMessageBytesMax);
  Bytes big = RawFrame{.first = 0x82, .payload = std::string(900'000, 'x'), .mask = {}}.bytes();
  Bytes rest(big.begin() + 500'000, big.end());
  big.resize(500'000);
  decoder.feed(big);
  EXPECT_FALSE(decoder.next());
  EXPECT_GE(decoder.capacity_bytes(), 500'000U);
  decoder.feed(rest);
  EXPECT_TRUE(decoder.next());
  EXPECT_FALSE(decoder.next());
  EXPECT_LE(decoder.capacity_bytes(), 16U * 1024);
}

}  // namespace
}  // namespace livegate::ws
