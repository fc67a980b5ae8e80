// For tests only: frames as a peer might send them, legal or not, and what a decoder makes of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ws/frame.h"
#include "ws/mask.h"

namespace livegate::ws::test {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::size_t kMessageBytesMax = 1 << 20;

// One frame, every bit at the test's will.
struct RawFrame {
  std::uint8_t first = 0x81;  // FIN and text
  std::string payload = {};
  std::optional<std::uint32_t> mask = 0xA1B2C3D4;
  std::optional<std::uint64_t> announced = {};  // another length than the payload's
  int length_bytes = 0;                         // 1, 2 or 8 force a form; 0 takes the shortest

  [[nodiscard]] Bytes bytes() const {
    Bytes out{first};
    const std::uint64_t length = announced.value_or(payload.size());
    const int form = length_bytes != 0 ? length_bytes : length < 126 ? 1 : length <= 0xFFFF ? 2 : 8;
    const std::uint8_t masked = mask ? 0x80 : 0;
    if (form == 1) out.push_back(static_cast<std::uint8_t>(masked | length));
    if (form == 2) out.push_back(masked | 126);
    if (form == 8) out.push_back(masked | 127);
    for (int i = form - 1; form > 1 && i >= 0; --i) {
      out.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
    }
    for (int i = 3; mask && i >= 0; --i) out.push_back(static_cast<std::uint8_t>(*mask >> (8 * i)));
    Bytes body(payload.begin(), payload.end());
    if (mask) apply_mask(body, *mask, 0);
    out.insert(out.end(), body.begin(), body.end());
    return out;
  }
};

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

struct Seen {
  Opcode opcode;
  std::string payload;
  bool operator==(const Seen&) const = default;
};

// Everything that came out of a decoder.
struct Outcome {
  std::vector<Seen> messages;
  std::optional<CloseCode> failure;
  std::string reason;
  std::size_t held_bytes = 0;
  bool operator==(const Outcome&) const = default;
};

// Feeds `stream` in pieces whose ends are `cuts`, each from storage of its own that is wiped
// afterwards.
inline Outcome decode(PeerRole peer, const Bytes& stream, std::vector<std::size_t> cuts = {},
                      std::size_t message_bytes_max = kMessageBytesMax) {
  Decoder decoder(peer, message_bytes_max);
  Outcome outcome;
  cuts.push_back(stream.size());
  std::size_t from = 0;
  for (const std::size_t to : cuts) {
    const auto size = static_cast<std::ptrdiff_t>(to - from);
    Bytes piece(stream.begin() + static_cast<std::ptrdiff_t>(from),
                stream.begin() + static_cast<std::ptrdiff_t>(from) + size);
    from = to;
    piece.resize(piece.size() + kTextPadding, 0xEE);
    decoder.feed(std::span(piece).first(static_cast<std::size_t>(size)));
    while (const auto message = decoder.next()) {
      outcome.messages.push_back({message->opcode, std::string(message->payload.view())});
    }
    std::ranges::fill(piece, std::uint8_t{0xDD});
  }
  if (decoder.failure()) {
    outcome.failure = decoder.failure()->code;
    outcome.reason = decoder.failure()->reason;
  }
  outcome.held_bytes = decoder.held_bytes();
  return outcome;
}

}  // namespace livegate::ws::test
