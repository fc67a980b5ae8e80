// RFC 6455 without I/O: bytes in, messages out; messages in, bytes out.
//
// Decides what is a legal frame and what a message is (fragments joined, text checked as UTF-8,
// control frames between fragments). Leaves sockets, timers and the closing conversation to net. It
// never throws: bad bytes become a Failure with the close code to send, after which the decoder
// reads nothing more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/padded_text.h"
#include "ws/utf8.h"

namespace livegate::ws {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};
enum class PeerRole : std::uint8_t {
  client,
  server
};  // who sends to us: frames from a client must be masked

// The codes of section 7.4.1 that we send or meet.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005,
  abnormal = 1006,
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  internal_error = 1011,
  try_again_later = 1013,
};

// One whole message or control frame. `payload` is unmasked, has kTextPadding readable bytes behind
// it, and is valid until the decoder's next call. A message that lies whole in the bytes fed stays
// where it is: no copy.
struct Message {
  Opcode opcode;  // text, binary, close, ping or pong; never continuation
  PaddedText payload;
  bool more = false;  // a piece of a binary message, whose next piece follows
};

struct Failure {
  CloseCode code;
  std::string_view reason;  // a literal
};

struct CloseStatus {
  std::uint16_t code;       // 1005 where the frame had none
  std::string_view reason;  // into the payload
};

class Decoder {
 public:
  // `binary_piece_bytes`: a binary message that is larger is given in pieces of this size as it
  // arrives, so that no more of it is held than one; 0: as a whole.
  Decoder(PeerRole peer, std::size_t message_bytes_max, std::size_t binary_piece_bytes = 0);

  // Takes the bytes that were received. They are unmasked in place and must stay, with kTextPadding
  // readable bytes behind them, until next() has returned nothing or failed. After a failure or a
  // close frame they are ignored (section 5.5.1: nothing follows a close frame).
  void feed(std::span<std::uint8_t> bytes);

  // The next message, or nothing when more bytes are needed (or failure() says why never again).
  [[nodiscard]] std::optional<Message> next();

  // After a message: what was fed and not consumed, still masked. It may be moved elsewhere, under
  // the conditions of feed(); next() then goes on there.
  [[nodiscard]] std::span<const std::uint8_t> unread() const { return fed_; }
  void move_unread(std::span<std::uint8_t> bytes);
  // The message given last is not needed any more: what it took is free before the next call.
  void forget_delivered();

  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  // After a message: what was fed and not consumed, still masked. Nothing if a message or frame is
  // unfinished, for then others would have to know of it.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> rest() const;
  // Bytes held back for an unfinished frame or message.
  [[nodiscard]] std::size_t held_bytes() const;
  // What is taken from the heap for them.
  [[nodiscard]] std::size_t capacity_bytes() const { return held_.capacity(); }

 private:
  enum class Delivered : std::uint8_t { nothing, held_control, held_message };

  void fail(CloseCode code, std::string_view reason);
  bool read_header();
  [[nodiscard]] std::size_t header_size() const;
  bool check_first_bytes();
  bool begin_frame();
  std::optional<Message> read_payload();
  Message piece(std::span<const std::uint8_t> in_place);
  void hold(std::span<const std::uint8_t> bytes);

  const PeerRole peer_;
  const std::size_t message_bytes_max_;
  const std::size_t binary_piece_bytes_;
  std::span<std::uint8_t> fed_;  // what is not consumed yet
  std::optional<Failure> failure_;

  std::array<std::uint8_t, 14> header_{};  // of the frame that is being read; 14 is the longest
  std::uint8_t header_bytes_ = 0;
  bool in_payload_ = false;
  bool final_ = false;
  bool closed_ = false;
  Opcode frame_opcode_ = Opcode::continuation;
  Opcode message_opcode_ =
      Opcode::continuation;  // of the unfinished message; continuation: there is none
  Delivered delivered_ = Delivered::nothing;
  Utf8Check utf8_;
  std::uint64_t frame_bytes_ = 0;       // payload of this frame
  std::uint64_t frame_bytes_read_ = 0;  // and what of it has been consumed
  std::size_t message_bytes_ = 0;       // of the unfinished message, at the front of held_
  std::size_t piece_bytes_given_ = 0;   // of the unfinished message, in pieces before
  std::vector<std::uint8_t> held_;  // message, then control frame in parts, then padding; or empty
};

// Reads a close frame's payload; a Failure for a single byte, an illegal code or bad UTF-8
// (sections 5.5.1, 7.4).
struct CloseResult {
  std::optional<CloseStatus> status;
  std::optional<Failure> failure;
};
[[nodiscard]] CloseResult parse_close(std::string_view payload);

// Appends one unfragmented frame. `mask`: the four masking bytes a client must use, the first one
// in the highest bits; absent for a server. A close frame's reason must fit
// limits::kCloseReasonBytesMax.
void append_frame(std::vector<std::uint8_t>& out, Opcode opcode,
                  std::span<const std::uint8_t> payload, std::optional<std::uint32_t> mask);
void append_close(std::vector<std::uint8_t>& out, std::uint16_t code, std::string_view reason,
                  std::optional<std::uint32_t> mask);

// The kind and the whole length, header included, of a frame that one of these has written.
struct FrameShape {
  Opcode opcode;
  std::size_t bytes;
};
[[nodiscard]] FrameShape frame_shape(std::span<const std::uint8_t> frame);

}  // namespace livegate::ws
