#include "sim/client_watch.h"

#include <utility>

#include "sim/digest.h"

namespace livegate::sim {

void ClientWatch::sent(std::string_view bytes, bool revocable) {
  under_way_.push_back({digest_of(bytes), revocable});
}

void ClientWatch::revoked(std::size_t messages) {
  for (std::size_t i = under_way_.size(); i > 0 && messages > 0; --i) {
    if (!under_way_[i - 1].revocable) continue;
    under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    --messages;
  }
}

void ClientWatch::lost(std::size_t unsent) {
  again_ = 0;
  // Who does not count never learns what was on its way.
  while (!counts_ && under_way_.size() > unsent) under_way_.pop_front();
}

ClientWatch::Again ClientWatch::sent_again(std::string_view bytes, bool revocable) {
  const std::uint64_t digest = digest_of(bytes);
  // Where the socket says what has left, a reply that was cut off meanwhile is taken out.
  while (!counts_ && again_ < under_way_.size() && under_way_[again_].revocable &&
         under_way_[again_].digest != digest) {
    under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(again_));
    cut_off_ = true;
  }
  if (bytes.find("\"interrupted\"") != std::string_view::npos) cut_off_ = false;
  if (again_ == under_way_.size()) {
    under_way_.push_back({digest, revocable});
    ++again_;
    return {{}, true};
  }
  if (under_way_[again_].digest != digest) {
    return {"a message was left out, doubled or changed when the client came back", false};
  }
  ++again_;
  return {{}, false};
}

ClientWatch::Verdict ClientWatch::returned() {
  while (!counts_ && again_ < under_way_.size() && under_way_[again_].revocable) {
    under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(again_));
    cut_off_ = true;
  }
  if (again_ < under_way_.size()) {
    return std::to_string(under_way_.size() - again_) +
           " messages were not sent again to a client that came back";
  }
  if (std::exchange(cut_off_, false)) return "audio was lost that nobody had interrupted";
  return {};
}

ClientWatch::Verdict ClientWatch::arrived(std::string_view bytes) {
  ++arrived_;
  if (under_way_.empty()) return "the client got a message that was not under way";
  const Message due = under_way_.front();
  under_way_.pop_front();
  if (due.digest == digest_of(bytes)) return {};
  return "the client got a message twice, out of order, or with others left out before it";
}

}  // namespace livegate::sim
