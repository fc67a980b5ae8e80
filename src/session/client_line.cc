#include "session/client_line.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "base/limits.h"

namespace livegate::session {

void ClientLine::settle(Actions& actions, std::size_t from, Instant now) {
  auto& list = actions.list();
  const bool away = is_away();
  std::size_t kept = from;
  std::size_t added_bytes = 0;
  for (std::size_t i = from; i < list.size(); ++i) {
    bool for_client = std::holds_alternative<CloseClient>(list[i]);
    if (const auto* send = std::get_if<SendClient>(&list[i])) {
      for_client = true;
      const bool first_offer = send->part == ClientPart::offer && !offered_;
      if (keeps() && send->part != ClientPart::connection) {
        queue_.add(actions.bytes(send->payload), send->binary, send->revocable);
        added_bytes += send->payload.size;
      }
      offered_ |= first_offer;
    } else if (auto* revoke = std::get_if<RevokeAudio>(&list[i])) {
      for_client = true;
      if (away) queue_.take_back_from(left_);
      revoke->before = queue_.mark();
    }
    if (away && for_client) continue;
    if (kept != i) list[kept] = std::move(list[i]);
    ++kept;
  }
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(kept), list.end());
  if (added_bytes > 0 && !away) bound(added_bytes, now);
}

void ClientLine::confirm(std::uint64_t received, Instant now) {
  confirmed_at_ = now;
  queue_.confirm(received);
}

void ClientLine::bound(std::size_t added_bytes, Instant now) {
  const bool confirms = confirmed_at_ && now - *confirmed_at_ <= limits::kConfirmedFor;
  const std::size_t unconfirmed_max =
      limits::kUnconfirmedLedgerBytesMax + queued_bytes_ + added_bytes;
  const std::size_t bytes_max = confirms ? limits::kClientLedgerBytesMax
                                         : std::min(unconfirmed_max, limits::kClientLedgerBytesMax);
  dropped_ += queue_.trim(bytes_max);
}

bool ClientLine::lose(std::size_t unsent, Instant now) {
  if (!keeps() || is_away()) return false;
  left_ = queue_.mark_before(unsent);
  away_until_ = now + grace_;
  queued_bytes_ = 0;
  return true;
}

bool ClientLine::may_return(std::optional<std::uint64_t> received) const {
  if (!keeps()) return false;
  return !received || (*received >= queue_.forgotten() && *received <= queue_.sent());
}

std::size_t ClientLine::send_again(std::optional<std::uint64_t> received, Actions& actions,
                                   Instant now) {
  LIVEGATE_CHECK(may_return(received) && is_away());
  away_until_.reset();
  if (received) {
    confirm(*received, now);
  } else {
    queue_.confirm(queue_.sent() - queue_.count_from(left_));
  }
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    const RetransmitQueue::Message message = queue_.at(i);
    queued_bytes_ += message.bytes.size();
    actions.add(SendClient{Actions::outside(message.bytes), message.binary, ClientPart::connection,
                           message.revocable});
  }
  return queue_.size();
}

bool ClientLine::overfull() const {
  return is_away() && queue_.bytes() > limits::kClientLedgerBytesMax;
}

}  // namespace livegate::session
