#include "ws/frame.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/give_back.h"
#include "base/limits.h"
#include "ws/mask.h"

namespace livegate::ws {
namespace {

constexpr std::uint8_t kFinal = 0x80;  // first byte
constexpr std::uint8_t kReserved =
    0x70;  // first byte: RSV1..3, for extensions, of which we agree to none
constexpr std::uint8_t kMasked = 0x80;  // second byte
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

// Room kept between messages. Audio comes in frames below this; a picture's megabyte is given back.
constexpr std::size_t kHeldCapacityKept = 16 * 1024;

bool is_control(Opcode opcode) { return (static_cast<std::uint8_t>(opcode) & 0x8) != 0; }

bool is_known(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

std::uint64_t read_big_endian(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

Message message_at(Opcode opcode, const std::uint8_t* bytes, std::size_t size) {
  return {opcode, PaddedText::promise({reinterpret_cast<const char*>(bytes), size})};
}

}  // namespace

Decoder::Decoder(PeerRole peer, std::size_t message_bytes_max, std::size_t binary_piece_bytes)
    : peer_(peer), message_bytes_max_(message_bytes_max), binary_piece_bytes_(binary_piece_bytes) {}

void Decoder::feed(std::span<std::uint8_t> bytes) {
  LIVEGATE_CHECK(fed_.empty());
  if (failure_ || closed_) return;
  fed_ = bytes;
}

std::optional<Message> Decoder::next() {
  forget_delivered();
  while (!failure_ && !closed_) {
    if (!in_payload_ && !read_header()) break;
    if (auto message = read_payload()) return message;
    if (in_payload_) break;
  }
  fed_ = {};
  return std::nullopt;
}

void Decoder::move_unread(std::span<std::uint8_t> bytes) {
  LIVEGATE_CHECK(bytes.size() == fed_.size());
  fed_ = bytes;
}

std::optional<std::span<const std::uint8_t>> Decoder::rest() const {
  const bool unfinished =
      in_payload_ || header_bytes_ > 0 || message_opcode_ != Opcode::continuation;
  if (unfinished || failure_ || closed_) return std::nullopt;
  return fed_;
}

std::size_t Decoder::held_bytes() const {
  return held_.empty() ? header_bytes_ : header_bytes_ + held_.size() - kTextPadding;
}

void Decoder::fail(CloseCode code, std::string_view reason) {
  failure_ = Failure{code, reason};
  fed_ = {};
  give_back(held_);
  header_bytes_ = 0;
}

void Decoder::forget_delivered() {
  if (delivered_ == Delivered::nothing) return;
  delivered_ = Delivered::nothing;
  if (message_bytes_ == 0 && held_.capacity() > kHeldCapacityKept) {
    give_back(held_);
    return;
  }
  held_.resize(message_bytes_ + kTextPadding);
}

std::size_t Decoder::header_size() const {
  if (header_bytes_ < 2) return 2;
  const std::uint8_t length = header_[1] & 0x7F;
  const std::size_t extended = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
  return 2 + extended + (peer_ == PeerRole::client ? 4 : 0);
}

// Collects a frame's header, refusing at the second byte what can be refused there. True once the
// payload begins.
bool Decoder::read_header() {
  while (header_bytes_ < header_size()) {
    if (fed_.empty()) return false;
    const std::size_t count = std::min(header_size() - header_bytes_, fed_.size());
    std::copy_n(fed_.begin(), count, header_.begin() + header_bytes_);
    fed_ = fed_.subspan(count);
    const bool first_bytes_just_came = header_bytes_ < 2 && header_bytes_ + count >= 2;
    header_bytes_ = static_cast<std::uint8_t>(header_bytes_ + count);
    if (first_bytes_just_came && !check_first_bytes()) return false;
  }
  return begin_frame();
}

bool Decoder::check_first_bytes() {
  const auto refuse = [this](std::string_view reason) {
    fail(CloseCode::protocol_error, reason);
    return false;
  };
  if ((header_[0] & kReserved) != 0) return refuse("reserved bits are set");  // section 5.2
  const std::uint8_t number = header_[0] & 0x0F;
  if (!is_known(number)) return refuse("the opcode is reserved");  // section 5.2
  const bool masked = (header_[1] & kMasked) != 0;
  if (peer_ == PeerRole::client && !masked) return refuse("a client's frame is not masked");  // 5.1
  if (peer_ == PeerRole::server && masked) return refuse("a server's frame is masked");       // 5.1

  frame_opcode_ = static_cast<Opcode>(number);
  final_ = (header_[0] & kFinal) != 0;
  if (is_control(frame_opcode_)) {
    if (!final_) return refuse("a control frame is fragmented");  // 5.5
    if ((header_[1] & 0x7F) >= kLength16)
      return refuse("a control frame is over 125 bytes");  // 5.5
    return true;
  }
  const bool unfinished = message_opcode_ != Opcode::continuation;
  if (frame_opcode_ == Opcode::continuation && !unfinished) {
    return refuse("a continuation without a beginning");  // section 5.4
  }
  if (frame_opcode_ != Opcode::continuation && unfinished) {
    return refuse("a new message inside a fragmented one");  // section 5.4
  }
  return true;
}

// The length is checked here, from the header alone: nothing of a message that is too big is ever
// stored.
bool Decoder::begin_frame() {
  const std::uint8_t length = header_[1] & 0x7F;
  frame_bytes_ = length;
  if (length == kLength16) frame_bytes_ = read_big_endian(&header_[2], 2);
  if (length == kLength64) frame_bytes_ = read_big_endian(&header_[2], 8);
  if (frame_bytes_ >> 63 != 0) {
    fail(CloseCode::protocol_error, "a length's highest bit is set");  // section 5.2
    return false;
  }
  if ((length == kLength16 && frame_bytes_ < kLength16) ||
      (length == kLength64 && frame_bytes_ <= 0xFFFF)) {
    fail(CloseCode::protocol_error, "a length is not in its shortest form");  // section 5.2: MUST
    return false;
  }
  if (!is_control(frame_opcode_)) {
    const std::size_t so_far = piece_bytes_given_ + message_bytes_;
    if (frame_bytes_ > message_bytes_max_ - std::min(so_far, message_bytes_max_)) {
      fail(CloseCode::message_too_big, "the message is too big");
      return false;
    }
    if (frame_opcode_ != Opcode::continuation) {
      message_opcode_ = frame_opcode_;
      utf8_.reset();
    }
  }
  frame_bytes_read_ = 0;
  in_payload_ = true;
  return true;
}

// Consumes what has come of the payload. A message, if it is complete now.
std::optional<Message> Decoder::read_payload() {
  const bool control = is_control(frame_opcode_);
  const bool in_pieces = !control && message_opcode_ == Opcode::binary && binary_piece_bytes_ > 0;
  auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>(frame_bytes_ - frame_bytes_read_, fed_.size()));
  if (in_pieces) count = std::min(count, binary_piece_bytes_ - message_bytes_);
  const auto part = fed_.first(count);
  fed_ = fed_.subspan(count);
  if (peer_ == PeerRole::client) {
    const auto key = static_cast<std::uint32_t>(read_big_endian(&header_[header_size() - 4], 4));
    apply_mask(part, key, frame_bytes_read_);
  }
  const bool begins_here = frame_bytes_read_ == 0 || (in_pieces && message_bytes_ == 0);
  frame_bytes_read_ += count;
  const bool frame_done = frame_bytes_read_ == frame_bytes_;
  const bool message_done = frame_done && final_;
  if (!control && message_opcode_ == Opcode::text) {
    // Section 8.1, and fail fast: what can no longer become UTF-8 is refused before the rest has
    // come.
    if (!utf8_.feed(part) || (message_done && !utf8_.at_boundary())) {
      fail(CloseCode::invalid_payload, "the text is not UTF-8");
      return std::nullopt;
    }
  }
  const bool piece_done =
      in_pieces && !message_done && message_bytes_ + count == binary_piece_bytes_;
  const bool in_place =
      (message_done || piece_done) && begins_here && (control || message_bytes_ == 0);
  if (!in_place) {
    hold(part);
    if (!control) message_bytes_ += count;
  }
  if (frame_done) {
    in_payload_ = false;
    header_bytes_ = 0;
  }
  if (piece_done) return piece(in_place ? part : std::span<const std::uint8_t>());
  if (!message_done) return std::nullopt;
  const Opcode opcode = control ? frame_opcode_ : message_opcode_;
  closed_ = opcode == Opcode::close;
  if (!control) {
    message_opcode_ = Opcode::continuation;
    piece_bytes_given_ = 0;
  }
  if (in_place) return message_at(opcode, part.data(), part.size());

  delivered_ = control ? Delivered::held_control : Delivered::held_message;
  const std::size_t from = control ? message_bytes_ : 0;
  if (!control) message_bytes_ = 0;
  return message_at(opcode, held_.data() + from, held_.size() - kTextPadding - from);
}

// What has come is a whole piece: `in_place`, or held.
Message Decoder::piece(std::span<const std::uint8_t> in_place) {
  piece_bytes_given_ += binary_piece_bytes_;
  Message message = in_place.empty()
                        ? message_at(Opcode::binary, held_.data(), std::exchange(message_bytes_, 0))
                        : message_at(Opcode::binary, in_place.data(), in_place.size());
  if (in_place.empty()) delivered_ = Delivered::held_message;
  message.more = true;
  return message;
}

// Grows by doubling with what has really come, never by what a header promises.
void Decoder::hold(std::span<const std::uint8_t> bytes) {
  if (held_.empty()) held_.resize(kTextPadding);
  held_.insert(held_.end() - kTextPadding, bytes.begin(), bytes.end());
}

CloseResult parse_close(std::string_view payload) {
  if (payload.empty()) {
    return {CloseStatus{static_cast<std::uint16_t>(CloseCode::no_status), {}}, std::nullopt};
  }
  if (payload.size() == 1) {
    return {std::nullopt, Failure{CloseCode::protocol_error, "a close frame of one byte"}};
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(payload.data());
  const auto code = static_cast<std::uint16_t>(read_big_endian(bytes, 2));
  // 1004 to 1006 and 1015 are never sent; 1016 to 2999 are for later versions; from 3000 on they
  // are the applications' (section 7.4). 1012 to 1014 were registered after the RFC.
  const bool legal = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                     (code >= 3000 && code <= 4999);
  if (!legal) return {std::nullopt, Failure{CloseCode::protocol_error, "an illegal close code"}};
  const std::string_view reason = payload.substr(2);
  if (!is_utf8(reason)) {
    return {std::nullopt, Failure{CloseCode::invalid_payload, "a close reason that is not UTF-8"}};
  }
  return {CloseStatus{code, reason}, std::nullopt};
}

void append_frame(std::vector<std::uint8_t>& out, Opcode opcode,
                  std::span<const std::uint8_t> payload, std::optional<std::uint32_t> mask) {
  std::array<std::uint8_t, 14> header;
  std::size_t size = 0;
  const auto put_big_endian = [&](std::uint64_t value, int count) {
    for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) {
      header[size++] = static_cast<std::uint8_t>(value >> shift);
    }
  };
  header[size++] = static_cast<std::uint8_t>(kFinal | static_cast<std::uint8_t>(opcode));
  const std::uint8_t masked = mask ? kMasked : 0;
  if (payload.size() < kLength16) {
    header[size++] = static_cast<std::uint8_t>(masked | payload.size());
  } else if (payload.size() <= 0xFFFF) {
    header[size++] = masked | kLength16;
    put_big_endian(payload.size(), 2);
  } else {
    header[size++] = masked | kLength64;
    put_big_endian(payload.size(), 8);
  }
  if (mask) put_big_endian(*mask, 4);
  out.insert(out.end(), header.begin(), header.begin() + static_cast<std::ptrdiff_t>(size));
  out.insert(out.end(), payload.begin(), payload.end());
  if (mask) apply_mask(std::span(out).last(payload.size()), *mask, 0);
}

void append_close(std::vector<std::uint8_t>& out, std::uint16_t code, std::string_view reason,
                  std::optional<std::uint32_t> mask) {
  LIVEGATE_CHECK(reason.size() <= limits::kCloseReasonBytesMax);
  std::array<std::uint8_t, limits::kControlPayloadBytesMax> payload;
  std::size_t size = 0;
  // 1005 stands for "no code": the frame is empty then.
  if (code != static_cast<std::uint16_t>(CloseCode::no_status)) {
    payload[size++] = static_cast<std::uint8_t>(code >> 8);
    payload[size++] = static_cast<std::uint8_t>(code);
    size = static_cast<std::size_t>(
        std::copy(reason.begin(), reason.end(), payload.begin() + size) - payload.begin());
  }
  append_frame(out, Opcode::close, std::span(payload).first(size), mask);
}

FrameShape frame_shape(std::span<const std::uint8_t> frame) {
  LIVEGATE_CHECK(frame.size() >= 2);
  const std::size_t mask_bytes = (frame[1] & 0x80) != 0 ? 4 : 0;
  const std::size_t short_length = frame[1] & 0x7f;
  const std::size_t length_bytes = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
  LIVEGATE_CHECK(frame.size() >= 2 + length_bytes);
  std::size_t length = length_bytes == 0 ? short_length : 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | frame[2 + i];
  const FrameShape shape{static_cast<Opcode>(frame[0] & 0x0f),
                         2 + length_bytes + mask_bytes + length};
  LIVEGATE_CHECK(frame.size() >= shape.bytes);
  return shape;
}

}  // namespace livegate::ws
