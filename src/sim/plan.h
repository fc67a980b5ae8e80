// Everything that one seed settles about a simulated conversation before it begins.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.h"
#include "session/session_config.h"
#include "session/turn_taking.h"

namespace livegate::sim {

struct NetworkPlan {
  Millis client_latency = 20ms, client_jitter = 0ms;  // one way
  Millis model_latency = 20ms, model_jitter = 0ms;
  double client_bytes_per_s = 0;  // towards the client; 0: no limit
  Millis tick_late_max = 0ms;     // how late the shell's timer may fire
  Millis pong_max = 50ms;
  // Of one attempt to connect.
  double refused = 0, slow = 0, times_out = 0;
  // Mean times until it happens to a connection; zero: never.
  Millis dropped_every = 0ms, black_hole_every = 0ms;
  // The same of the client's connection, and how long the gateway and the app may not know of it.
  Millis client_breaks_every = 0ms, client_unnoticed_max = 2s, client_notices_max = 3s;
};

// Misfortunes, and what differs from call to call. What a model always does is in its profile
// (proto/model_profile.h), which the setup's model names.
struct ServicePlan {
  Millis setup_min = 100ms, setup_max = 300ms;
  Millis connection_age = 600s, go_away_before = 50s;
  Millis think_min = 300ms, think_max = 1500ms;
  Millis piece = 200ms;  // of a model that speaks faster than real time
  double burst = 4;      // ... so many times
  Millis ends_early{0};  // the detector waits for so much less silence than the profile says
  double tool = 0.1;     // of replies
  double holding = 0;    // ... that begin with a holding line, where the model speaks any
  double pause = 0;      // ... in which there is a pause, where the model speaks in real time
  double slow = 0;       // ... that begin late, within the model's patience
  double setup_slow = 0, setup_silent = 0, handle_refused = 0;
  double internal_error = 0, stall = 0, empty = 0;  // of replies
  // Of replies: turns that answer nothing; and how many are rejected in a row.
  double no_speech = 0, rejected = 0, text_only = 0, inaudible = 0;
  int rejected_in_a_row = 1;
  // Of the gaps behind holding lines.
  double gap_lost = 0, gap_go_away = 0, gap_for_good = 0;
};

enum class Microphone : std::uint8_t { open, push_to_talk };

struct SimClientPlan {
  std::string model = "gemini-3.8-live";
  bool tuned = false;          // drop-in: sets up the model's detector
  bool blocking_said = false;  // drop-in: its tool is declared to stop the model
  Microphone microphone = Microphone::open;
  Millis packet = 100ms;
  Millis talk_tail = 300ms;  // push to talk: the key is let go so long after the last word
  bool says_release = true;  // ... and tells the gateway so
  bool manual = false;       // drop-in: marks its own activity
  Millis think_mean = 6s;
  double barge_in = 0.15;
  double tool_silent = 0.05;  // share of tool calls it never answers
  bool blocking = false;      // its tool stops the model, by its declaration or by the model's kind
  Millis tool_time_max = 8s;
  double malformed = 0.01;
  bool reports_playback = true;
  Millis gone_every = 0ms;  // mean time until it vanishes; zero: never
  double stops = 0.7;       // ends politely
  double drained = 0.02;    // the gateway goes down first
  // A connection that broke: whether it wants to come back, after how long, and whether it says
  // what it has received.
  bool resumes = true;
  Millis away_mean = 3s;
  bool confirms = true;
};

// A planted bug that the simulation has to find: the world breaks a promise on the session's
// behalf.
enum class Canary : std::uint8_t {
  none,
  held_twice,     // the first speech after a reconnection goes out twice
  stale_frame,    // a piece of an interrupted reply is forwarded once more
  lost_piece,     // one in many pieces of speech disappears
  answer_twice,   // a tool's answer is sent to the model twice
  dead_epoch,     // a message goes out over a connection that was closed
  again_twice,    // of what is sent again to a client that came back, one message twice
  deaf_to_pongs,  // nothing that a client sends counts as a sign of life
  token_kept,     // the token of a client that came back is not spent by its next message
  mark_trusted,   // the session believes that the mark ends a turn, and never learns otherwise
};

// In a fail loop: the n-th operation of a kind fails.
enum class Operation : std::uint8_t { none, connect, model_send, client_send, tool };

struct Options {
  Millis length = 30min;
  bool faults = true;
  bool eventful = false;  // much goes wrong, and soon: for who looks for a situation
  Canary canary = Canary::none;
  Operation failing = Operation::none;
  std::uint64_t failing_at = 0;
  bool records = false;         // the session is recorded...
  bool records_speech = false;  // ... with all that is said
};

struct Plan {
  session::SessionConfig config;
  session::TurnTaking turn_taking;  // what the session will choose
  bool mark_believed = false;       // against the model's profile
  NetworkPlan network;
  ServicePlan service;
  SimClientPlan client;
  Millis length = 30min;
  std::uint64_t network_seed = 0, service_seed = 0, client_seed = 0, session_seed = 0;
};

// silenceDurationMs of a drop-in client that tunes the detector.
inline constexpr Millis kTunedSilence = 500ms;

[[nodiscard]] Plan draw_plan(std::uint64_t seed, const Options& options);

}  // namespace livegate::sim
