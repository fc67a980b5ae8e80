// What the model says to an end of speech that may still be taken back: kept until it is final.
//
// Decides nothing but the room: at most limits::kHeldReplyBytesMax together; a message that does
// not fit is refused, and the session ends the holding.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/limits.h"
#include "base/padded_text.h"

namespace livegate::session {

class HeldReply {
 public:
  struct Message {
    PaddedString text;
    Instant arrived;
  };

  [[nodiscard]] bool keep(std::string_view message, Instant now) {
    if (bytes_ + message.size() > limits::kHeldReplyBytesMax) return false;
    bytes_ += message.size();
    messages_.push_back({PaddedString(message), now});
    return true;
  }
  [[nodiscard]] bool empty() const { return messages_.empty(); }
  // Returns how many were dropped.
  std::size_t drop() { return take().size(); }
  [[nodiscard]] std::vector<Message> take() {
    bytes_ = 0;
    return std::exchange(messages_, {});
  }

 private:
  std::vector<Message> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace livegate::session
