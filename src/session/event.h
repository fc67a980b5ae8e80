// Everything that can happen to a session. Bytes are views: valid during Session::handle only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "base/instant.h"
#include "base/padded_text.h"
#include "meter/budget.h"

namespace livegate::session {

// ---- the client
struct ClientText {
  PaddedText text;
};
struct ClientBinary {
  PaddedText bytes;
};  // native: audio; live: one JSON message, as text
// Native: a piece of audio whose message is not over: a ClientBinary gives its end.
struct ClientAudioPiece {
  PaddedText bytes;
};
// The client is over a limit, and what it sends is not read for a while. `message`: one sentence.
struct ClientLimited {
  std::string message;
};
// `may_return`: the connection broke, and whoever was there may come back over another one.
struct ClientGone {
  bool may_return = true;
  std::size_t unsent = 0;  // of the newest SendClients: never left whole
};
// The client is back over another connection: actions for it go there from now on. Only where
// Session::may_return() says so, and after a ClientGone.
struct ClientReturned {
  std::optional<std::uint64_t> received;  // session messages that it has, where it counts them
  std::string token;                      // for its next return
};
// The answers to a ResumeClient whose connection stays here: nothing is to be had, or only what the
// model remembers of an earlier session.
struct ResumeRefused {};
struct ResumeRemembered {
  std::string upstream_handle;
};
// The answer to a RevokeAudio, given before any other event.
struct Revoked {
  std::uint64_t before;  // as in the action
  std::size_t messages;  // how many of the newest binary ones had not left
};

// ---- the model's side. `epoch` numbers our connections to it: events of an earlier one are
// ignored.
struct UpstreamOpened {
  std::uint32_t epoch;
};
struct UpstreamMessage {
  std::uint32_t epoch;
  PaddedText text;
};
struct UpstreamGone {
  std::uint32_t epoch;
  bool connected;            // false: it could not be opened
  std::uint16_t close_code;  // 1006 where there was none
  std::string reason;        // the peer's words, or ours; no secrets
};

// ---- the shell
struct Tick {};            // a deadline may have passed
struct DrainRequested {};  // the gateway is going down, now
// ... soon: the session ends at the end of its turn, and after `time_left` at the latest.
struct DrainAnnounced {
  Millis time_left;
};
// Where the budgets stand that this session shares with others.
struct BudgetReached {
  meter::Verdict verdict;
};
// How long the shell took from the arrival of the last event until its actions were carried out.
struct Measured {
  std::chrono::nanoseconds spent;
  std::size_t client_queued_bytes = 0;  // that have not left for the client
};

using Event = std::variant<ClientText, ClientBinary, ClientGone, ClientReturned, ResumeRefused,
                           ResumeRemembered, Revoked, UpstreamOpened, UpstreamMessage, UpstreamGone,
                           Tick, DrainRequested, Measured, DrainAnnounced, ClientAudioPiece,
                           ClientLimited, BudgetReached>;

}  // namespace livegate::session
