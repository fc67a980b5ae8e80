// What is settled about one session before it begins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audio/ear.h"
#include "base/instant.h"
#include "meter/budget.h"
#include "meter/price_table.h"
#include "proto/model_facts.h"
#include "session/live_wire.h"
#include "session/response_watchdog.h"
#include "turn/barge_in.h"
#include "turn/endpointer.h"

namespace livegate::session {

class HearingTap;

enum class ClientKind : std::uint8_t {
  native,  // livegate.v1: docs/wire-browser.md
  live,    // the Live API's own wire: official SDKs
};

// What the model's side is sent, and who says when the person has finished.
enum class UplinkMode : std::uint8_t {
  gate,   // speech and what is around it; the model detects the end, by silence or audioStreamEnd
  turns,  // speech between activityStart and activityEnd: we detect, the model does not
  open,   // everything; the model detects, and what we hear is only told to the client
  automatic,  // what fits the client and its model: session/turn_taking.h
};

struct UplinkOptions {
  UplinkMode mode = UplinkMode::gate;
  bool detects = true;  // false: everything is sent, and nobody listens for speech here
  bool graded = false;  // the detector is fit to end turns alone
  Millis silence{0};    // TurnTaking::silence, once that is chosen
  audio::EarOptions ear{.kind = audio::EarKind::webrtc};
  turn::EndpointerOptions endpointer = turn::verdict_options();
  turn::BargeInOptions barge_in;
  bool cut_in = true;           // a person who speaks over a reply stops it
  bool echo_cancelled = false;  // the client says so: little echo is to be expected
  bool echo_guard = true;       // what the microphone hears of the reply itself is nobody's speech
  Millis preroll = 300ms;
  // Speech is sent upstream in pieces of this length; the first piece and the last never wait.
  // Longer pieces save little: 40 ms instead of 20 ms cost 3 % less CPU at 500 sessions and 20 ms
  // of delay.
  Millis packet = 20ms;
  // Of mode `turns`: replies that may be asked for in vain, per real one, by announcing ends early
  // that are taken back (session/speculation_budget.h). 0: no end is announced before it is final.
  double speculative_share_max = 0;
  // Looks at what hearing finds; outlives the session. Null: nobody does.
  HearingTap* tap = nullptr;
};

struct Backoff {
  Millis base = 1s;  // the n-th wait is drawn from [0, min(cap, base * 2^n))
  Millis cap = 30s;
  int tries_max = 8;        // after a connection was lost
  int first_tries_max = 3;  // before there ever was one: a person is waiting for an answer
};

struct SessionConfig {
  std::string id;  // for logs and support; no secret
  ClientKind client = ClientKind::native;
  LiveWire live_wire;                    // of client `live`
  std::string upstream_name = "gemini";  // what `ready` says
  std::string notice;                    // one sentence for the person, or empty
  std::string default_model = "models/gemini-3.8-live";
  // What this installation knows of models better than the table does.
  std::vector<proto::FactOverride> facts;
  // Pinned settings win over whatever a client asks for; empty leaves it to the client.
  std::string pinned_model;
  std::string pinned_voice;
  std::string pinned_system_instruction;
  std::string pinned_tools_json;
  // Of the short-lived token that the client came with, if any: what it pins (as in
  // proto::pinned_setup), until when it counts, and whether it begins no session any more.
  std::string token_setup;
  std::vector<std::string> token_mask;
  std::optional<Instant> expires_at;
  bool only_resume = false;

  [[nodiscard]] bool pins_instruction() const {
    return !pinned_system_instruction.empty() || token_pins("systemInstruction");
  }
  [[nodiscard]] bool pins_tools() const {
    return !pinned_tools_json.empty() || token_pins("tools");
  }
  // Whether the token leaves no word about this field of the setup to the client.
  [[nodiscard]] bool token_pins(std::string_view field) const {
    if (token_setup.empty()) return false;
    return token_mask.empty() ||
           std::any_of(token_mask.begin(), token_mask.end(), [field](const std::string& path) {
             return std::string_view(path).substr(0, path.find('.')) == field;
           });
  }
  UplinkOptions uplink;
  // After a barge-in the model is told in a line of text what of its reply was heard.
  bool tell_heard = false;
  Backoff backoff;
  // A client whose connection breaks is waited for this long; 0: no way back is offered.
  Millis resume_grace{0};
  // What it comes back with the first time, random; of the Live API's wire: its handle. Not logged.
  std::string resume_token;
  // A connection this old is left in the next quiet moment, before the service ends it: it allows
  // about ten minutes, and on Vertex nine. 0: only when its end is announced.
  Millis connection_age_max = 8min;
  WatchdogOptions watchdog;
  // How long the session may last, and go by without anything being said; 0: as long as it likes.
  Millis time_max{0};
  Millis idle_max{0};
  // What its tokens cost, and what it may spend; of users and days the shell tells.
  std::vector<meter::PriceOverride> prices;
  meter::Budgets budgets;
};

}  // namespace livegate::session
