#include "net/outbox.h"

#include <algorithm>
#include <utility>

#include "base/give_back.h"

namespace livegate::net {
namespace {

// An empty outbox keeps this much room: a few frames of audio. More is given back to the heap.
constexpr std::size_t kCapacityKept = 8 * 1024;

}  // namespace

Outbox::Outbox(std::vector<std::uint8_t> first)
    : bytes_(std::move(first)), frame_begin_(bytes_.size()) {}

void Outbox::add(ws::Opcode opcode, std::span<const std::uint8_t> payload,
                 std::optional<std::uint32_t> mask, Revocable revocable) {
  if (revocable == Revocable::yes) revocable_.push_back(bytes_.size());
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
    revocable_.clear();
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
  revocable_.erase(revocable_.begin(), std::ranges::lower_bound(revocable_, done));
  for (std::size_t& begin : revocable_) begin -= done;
}

std::size_t Outbox::discard(std::size_t promised) {
  std::size_t count = 0;
  std::size_t kept_end = frame_begin_;
  std::vector<std::size_t> kept;  // none of them has moved: what is taken back lies behind them
  for (std::size_t begin = frame_begin_; begin < bytes_.size();) {
    const ws::FrameShape shape = ws::frame_shape(std::span(bytes_).subspan(begin));
    const auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(begin);
    begin += shape.bytes;
    if (std::ranges::binary_search(revocable_, begin - shape.bytes)) {
      if (begin - shape.bytes >= sent_ + promised) {
        ++count;
        continue;
      }
      kept.push_back(kept_end);
    }
    std::copy(at, at + static_cast<std::ptrdiff_t>(shape.bytes),
              bytes_.begin() + static_cast<std::ptrdiff_t>(kept_end));
    kept_end += shape.bytes;
  }
  if (count > 0) bytes_.resize(kept_end);
  revocable_ = std::move(kept);
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
  give_back(bytes_);
  give_back(revocable_);
  sent_ = frame_begin_ = 0;
}

}  // namespace livegate::net
