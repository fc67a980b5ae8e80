// The WebSocket decoder on any bytes: whatever it makes of them, it makes the same of them when
// they come one at a time, and never says more than the RFC allows. The first byte chooses the
// peer's role and the cap.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ws/frame.h"
#include "ws/utf8.h"

namespace {

using livegate::kTextPadding;
namespace ws = livegate::ws;

struct Outcome {
  std::vector<std::pair<ws::Opcode, std::string>> messages;
  std::optional<ws::CloseCode> failure;
  std::string reason;
  std::size_t held_bytes = 0;
  bool operator==(const Outcome&) const = default;
};

void require(bool condition) {
  if (!condition) std::abort();
}

void check_message(const ws::Message& message, std::size_t message_bytes_max) {
  const auto text = message.payload.view();
  // Padding must be readable: the address sanitizer is the judge.
  volatile char last = message.payload.data()[text.size() + kTextPadding - 1];
  (void)last;
  switch (message.opcode) {
    case ws::Opcode::text:
      require(ws::is_utf8(text));
      [[fallthrough]];
    case ws::Opcode::binary:
      require(text.size() <= message_bytes_max);
      break;
    case ws::Opcode::close: {
      const auto result = ws::parse_close(text);
      require(result.status.has_value() != result.failure.has_value());
      [[fallthrough]];
    }
    case ws::Opcode::ping:
    case ws::Opcode::pong:
      require(text.size() <= 125);
      break;
    case ws::Opcode::continuation:
      std::abort();
  }
}

Outcome decode(std::span<const std::uint8_t> stream, std::size_t step, ws::PeerRole role,
               std::size_t message_bytes_max) {
  ws::Decoder decoder(role, message_bytes_max);
  Outcome outcome;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    const auto piece = stream.subspan(at, std::min(step, stream.size() - at));
    std::vector<std::uint8_t> storage(piece.begin(), piece.end());
    storage.resize(piece.size() + kTextPadding);
    decoder.feed(std::span(storage).first(piece.size()));
    while (const auto message = decoder.next()) {
      check_message(*message, message_bytes_max);
      outcome.messages.emplace_back(message->opcode, message->payload.view());
    }
  }
  if (decoder.failure()) {
    outcome.failure = decoder.failure()->code;
    outcome.reason = decoder.failure()->reason;
  }
  outcome.held_bytes = decoder.held_bytes();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto role = (data[0] & 1) != 0 ? ws::PeerRole::client : ws::PeerRole::server;
  const std::size_t message_bytes_max = (data[0] & 2) != 0 ? 100 : 70'000;
  const std::span stream(data + 1, size - 1);
  const auto whole =
      decode(stream, std::max<std::size_t>(stream.size(), 1), role, message_bytes_max);
  require(decode(stream, 1, role, message_bytes_max) == whole);
  require(decode(stream, 7, role, message_bytes_max) == whole);
  return 0;
}
