// The model's tool calls, over every connection: each is put to the client once and answered or
// cancelled once, whatever happens to the connection that it came over.
//
// A model that has lost its connection, and with it the turn in hand, is asked again and calls
// again: a call of the same name with the same arguments is then the same call, under a new id. If
// the client is still at work, its answer goes out under that id; if it has answered, the answer is
// given again and the tool does not run twice. Decides only that; leaves to the session what is
// sent and said.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "proto/gemini.h"

namespace livegate::session {

class ToolCalls {
 public:
  struct Call {
    std::string id;           // as the client knows it
    std::string upstream_id;  // as the present connection does; empty: it does not
    std::string name;
    std::string args_json;
    std::string response_json;  // of an answered one
    std::string scheduling;     // ... when the model may speak of it; empty: as it likes
    bool answered = false;
    bool delivered = false;   // its answer was sent to some connection
    bool repeatable = false;  // its answer is not part of the model's memory yet
    bool given_up = false;    // answered in the client's place, whose own comes too late
    Instant since;
  };
  enum class Called : std::uint8_t {
    first,     // tell the client
    adopted,   // the client is at work on it
    answered,  // answer it with the response of find(id)
  };

  // The model calls. What `dropped` names, if anything, had to go to make room.
  Called called(const proto::FunctionCall& call, Instant now, std::optional<std::string>& dropped);
  // A call that the client may answer, by the client's id. Valid until the next change.
  [[nodiscard]] Call* find(std::string_view id);
  [[nodiscard]] Call* find_upstream(std::string_view upstream_id);
  void answered(Call& call, std::string_view response_json, std::string_view scheduling = {});
  // Nobody waits for it any more.
  void forget(const Call& call);

  // The connection is gone: no call is known to the model now. `asks_again`: it will be told again
  // what made it call; if not, the answers that it had no time for count as never given.
  void connection_lost(bool asks_again);
  // The model's reply to the input that made it call is complete: what it was told stays told.
  void exchange_over();
  // Answers that no connection was given, to calls that the present one does not know.
  [[nodiscard]] std::vector<Call> take_undelivered();

  [[nodiscard]] bool any_open() const;     // the client owes an answer
  [[nodiscard]] bool any_awaited() const;  // ... to a call that the present connection made
  // An answer was given to the model that its reply has not taken up yet.
  [[nodiscard]] bool any_repeatable() const {
    return std::ranges::any_of(calls_, [](const Call& call) { return call.repeatable; });
  }
  // ... to a call of one of these functions, which the present connection made.
  [[nodiscard]] bool any_open_of(std::span<const std::string> names) const;
  // The client's ids of all that are open, which are forgotten.
  [[nodiscard]] std::vector<std::string> take_open();
  // One that has been open for `limit` at `now`; and when the next one will have been.
  [[nodiscard]] Call* overdue(Instant now, Millis limit);
  [[nodiscard]] std::optional<Instant> oldest_open() const;

 private:
  std::vector<Call> calls_;
};

}  // namespace livegate::session
