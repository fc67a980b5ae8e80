// The client's end of a session, over as many connections as it takes: what the client may not have
// is kept for its return, and while it is disconnected the session waits for it.
//
// Decides which messages are counted and kept, how much of them, whether a client that went is
// waited for and how long, and what is sent again. Leaves to the faces how a client is told the way
// back, and to the shell who may take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/instant.h"
#include "session/action.h"
#include "session/retransmit_queue.h"

namespace livegate::session {

class ClientLine {
 public:
  // `grace`: how long a client that went is waited for; 0 keeps and offers nothing.
  explicit ClientLine(Millis grace) : grace_(grace) {}

  [[nodiscard]] Millis grace() const { return grace_; }
  [[nodiscard]] bool has_offered() const { return offered_; }
  [[nodiscard]] bool is_away() const { return away_until_.has_value(); }

  // Looks through the actions from number `from` on, which one event has brought: keeps what is the
  // session's, and takes out what nobody is there to be sent.
  void settle(Actions& actions, std::size_t from, Instant now);

  // The client has so many of the session's messages.
  void confirm(std::uint64_t received, Instant now);
  void revoked(std::uint64_t before, std::size_t messages) { queue_.revoke(messages, before); }
  // So many bytes wait in the client's socket: they are kept in any case.
  void queued(std::size_t bytes) { queued_bytes_ = bytes; }

  // The connection broke, with `unsent` messages that never left. True if the client is waited for.
  bool lose(std::size_t unsent, Instant now);
  // Nothing that a client with `received` messages lacks has been forgotten. A client that does not
  // count is sent what never left.
  [[nodiscard]] bool may_return(std::optional<std::uint64_t> received) const;
  // The client is there again: appends what it lacks, as views that hold until the next event.
  // Returns how many messages. Only where may_return() says so.
  std::size_t send_again(std::optional<std::uint64_t> received, Actions& actions, Instant now);

  // While the client is away: the end of waiting, and whether more waits than is kept.
  [[nodiscard]] std::optional<Instant> next_deadline() const { return away_until_; }
  [[nodiscard]] bool overfull() const;

  [[nodiscard]] std::uint64_t forgotten_unconfirmed() const { return dropped_; }
  [[nodiscard]] std::size_t kept_bytes() const { return queue_.bytes(); }

 private:
  [[nodiscard]] bool keeps() const { return offered_ && grace_ > Millis(0); }
  // `added_bytes`: by this event, which nobody has reported as queued yet.
  void bound(std::size_t added_bytes, Instant now);

  Millis grace_;
  RetransmitQueue queue_;
  bool offered_ = false;  // the client has been told the way back
  std::optional<Instant> confirmed_at_;
  std::size_t queued_bytes_ = 0;
  std::optional<Instant> away_until_;
  RetransmitQueue::Mark left_ = 0;  // while away: what follows never left over any connection
  std::uint64_t dropped_ = 0;
};

}  // namespace livegate::session
