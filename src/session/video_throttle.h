// At most one picture a second reaches the model, which looks at no more; of those between, the
// newest wins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/instant.h"

namespace livegate::session {

class VideoThrottle {
 public:
  struct Picture {
    std::string mime_type;
    std::string base64;
  };
  static constexpr Millis kInterval = 1s;

  // True if this picture may go now; otherwise it is kept, in place of the one kept before.
  [[nodiscard]] bool admit(std::string_view mime_type, std::string_view base64, Instant now) {
    if (!pending_ && (!last_ || now - *last_ >= kInterval)) {
      last_ = now;
      return true;
    }
    if (pending_) ++dropped_;
    pending_ = Picture{std::string(mime_type), std::string(base64)};
    return false;
  }

  [[nodiscard]] std::optional<Instant> next_deadline() const {
    if (!pending_) return std::nullopt;
    return *last_ + kInterval;
  }

  // The kept picture, once its time has come.
  [[nodiscard]] std::optional<Picture> take_due(Instant now) {
    if (!pending_ || now < *last_ + kInterval) return std::nullopt;
    last_ = now;
    return std::exchange(pending_, std::nullopt);
  }

  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  std::optional<Instant> last_;
  std::optional<Picture> pending_;
  std::uint64_t dropped_ = 0;
};

}  // namespace livegate::session
