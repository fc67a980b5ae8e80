// Private to net: the frames that a WebSocket has queued and the kernel has not taken yet.
//
// Decides how they lie in memory, and which of them can still be taken back. Leaves to the socket
// how much may be queued and when to write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ws/frame.h"

namespace livegate::net {

// Whether a message may be taken back as long as nothing of it has left.
enum class Revocable : bool { no, yes };

class Outbox {
 public:
  // `first`: bytes that are no frames and leave before them, the handshake's answer.
  explicit Outbox(std::vector<std::uint8_t> first);

  void add(ws::Opcode opcode, std::span<const std::uint8_t> payload,
           std::optional<std::uint32_t> mask, Revocable revocable = Revocable::no);
  void add_close(std::uint16_t code, std::string_view reason, std::optional<std::uint32_t> mask);

  // What is to be written next; valid until the next change.
  [[nodiscard]] std::span<const std::uint8_t> unsent() const {
    return std::span(bytes_).subspan(sent_);
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size() - sent_; }
  void sent(std::size_t count);

  // Takes back the revocable frames of which nothing has left. The first `promised` unsent bytes
  // stay as they are. Returns how many frames.
  std::size_t discard(std::size_t promised);

  // Text and binary frames that have not left whole.
  [[nodiscard]] std::size_t messages() const;

  void release();
  [[nodiscard]] std::size_t capacity_bytes() const {
    return bytes_.capacity() + revocable_.capacity() * sizeof(std::size_t);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t sent_ = 0;         // of bytes_
  std::size_t frame_begin_ = 0;  // of the first frame that has not left whole
  // Where revocable frames begin in bytes_, ascending; those before frame_begin_ count no more.
  std::vector<std::size_t> revocable_;
};

}  // namespace livegate::net
