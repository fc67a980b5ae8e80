#include "net/outbox.h"

#include <algorithm>
#include <utility>

namespace livegate::net {
namespace {

// An empty outbox keeps this much room: a few frames of audio. More is given back to the heap.
constexpr std::size_t kCapacityKept = 8 * 1024;

}  // namespace

Outbox::Outbox(std::vector<std::uint8_t> first)
    : bytes_(std::move(first)), frame_begin_(bytes_.size()) {}

void Outbox::add(ws::Opcode opcode, std::span<const std::uint8_t> payload,
                 std::optional<std::uint32_t> mask) {
  ws::append_frame(bytes_, opcode, payload, mask);
}

void Outbox::add_close(std::uint16_t code, std::string_view reason,
                       std::optional<std::uint32_t> mask) {
  ws::append_close(bytes_, code, reason, mask);
}

void Outbox::sent(std::size_t count) {
  sent_ += count;
  if (sent_ == bytes_.size()) {
    if (bytes_.capacity() > kCapacityKept) return release();
    bytes_.clear();
    sent_ = frame_begin_ = 0;
    return;
  }
  while (frame_begin_ < sent_) {
    const std::size_t size = ws::frame_shape(std::span(bytes_).subspan(frame_begin_)).bytes;
    if (frame_begin_ + size > sent_) break;
    frame_begin_ += size;
  }
  // Moved down only when that frees more than it moves. Never past a frame's beginning.
  const std::size_t done = std::min(sent_, frame_begin_);
  if (done <= bytes_.size() / 2) return;
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(done));
  sent_ -= done;
  frame_begin_ -= done;
}

std::size_t Outbox::discard(ws::Opcode opcode, std::size_t promised) {
  std::size_t count = 0;
  std::size_t kept_end = frame_begin_;
  for (std::size_t begin = frame_begin_; begin < bytes_.size();) {
    const ws::FrameShape shape = ws::frame_shape(std::span(bytes_).subspan(begin));
    const auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(begin);
    begin += shape.bytes;
    const bool untouched = begin - shape.bytes >= sent_ + promised;
    if (shape.opcode == opcode && untouched) {
      ++count;
      continue;
    }
    std::copy(at, at + static_cast<std::ptrdiff_t>(shape.bytes),
              bytes_.begin() + static_cast<std::ptrdiff_t>(kept_end));
    kept_end += shape.bytes;
  }
  if (count > 0) bytes_.resize(kept_end);
  return count;
}

std::size_t Outbox::messages() const {
  std::size_t count = 0;
  for (std::size_t begin = frame_begin_; begin < bytes_.size();) {
    const ws::FrameShape shape = ws::frame_shape(std::span(bytes_).subspan(begin));
    count += shape.opcode == ws::Opcode::text || shape.opcode == ws::Opcode::binary;
    begin += shape.bytes;
  }
  return count;
}

void Outbox::release() {
  bytes_ = {};
  sent_ = frame_begin_ = 0;
}

}  // namespace livegate::net
