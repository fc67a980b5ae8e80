// What happened in simulated conversations, counted by kind, for the summary.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace livegate::sim {

enum class Count : std::uint8_t {
  events,
  actions,
  utterances,
  typed_lines,
  pictures,
  malformed_messages,
  barge_ins,
  replies,
  replies_cut,
  holding_lines,
  ended_by_detector,  // utterances, by the silence behind them
  tool_calls,
  tools_answered,
  tools_cancelled,
  hand_overs,    // the session closed one connection and opened the next
  resumed,       // connections set up with a handle
  fresh,         // ... and without one, after the first
  recoveries,    // the client was told `reconnected`
  frames_heard,  // 10 ms of the person
  frames_sent,
  frames_dropped,
  frames_repeated,
  heard_in_part,  // utterances of which a connection heard only the end
  clients_returned,
  sent_again,     // messages, to clients that returned
  marks_ignored,  // audioStreamEnd behind speech, by a model that waits for silence
  facts_corrected,
  // Faults put in.
  fault_connect_refused,
  fault_connect_slow,
  fault_connect_timeout,
  fault_connection_dropped,
  fault_black_hole,
  fault_setup_slow,
  fault_setup_silent,
  fault_handle_refused,
  fault_internal_error,
  fault_go_away,
  fault_go_away_ignored,
  fault_heard_while_blocked,
  fault_stall,
  fault_empty_turn,
  fault_no_speech,
  fault_rejected,
  fault_text_only,
  fault_inaudible,
  fault_slow_first_audio,
  fault_pause_in_reply,
  fault_gap_lost,
  fault_gap_go_away,
  fault_no_second_turn,
  fault_late_frames,
  fault_client_gone,
  fault_client_broken,
  fault_client_silent,
  fault_client_found_silent,
  fault_client_refused,
  fault_client_stays_away,
  fault_client_slow,
  fault_drained,
  fault_tool_unanswered,
  fault_planned,  // the n-th operation, in a fail loop
  ended_by_service,
  count
};
inline constexpr std::size_t kCounts = static_cast<std::size_t>(Count::count);

inline constexpr std::array<std::string_view, kCounts> kCountNames = {
    "events",
    "actions",
    "utterances",
    "typed lines",
    "pictures",
    "malformed messages",
    "barge-ins",
    "replies",
    "replies cut off",
    "holding lines",
    "turns ended by the model's detector",
    "tool calls",
    "tool calls answered",
    "tool calls cancelled",
    "hand-overs",
    "connections resumed",
    "connections begun anew",
    "recoveries told to the client",
    "frames heard (10 ms)",
    "frames sent",
    "frames dropped and counted",
    "frames sent again",
    "utterances heard in part",
    "clients that came back",
    "messages sent again to them",
    "ends of stream ignored",
    "facts corrected",
    "connect refused",
    "connect slow",
    "connect timed out",
    "connection dropped",
    "connection turned black hole",
    "setup slow",
    "setup unanswered",
    "handle refused",
    "internal error 1011",
    "goAway",
    "goAway waited out (1008)",
    "heard during a blocking call (1008)",
    "turn stalled",
    "turn empty",
    "turn says <no speech>",
    "turn rejected",
    "turn of text alone",
    "turn inaudible",
    "first sound late",
    "pause in a reply",
    "connection lost in the gap",
    "goAway in the gap",
    "no turn behind a holding line",
    "frames of a dead connection",
    "client gone",
    "client's connection broken",
    "client gone without a word",
    "... and found out by its silence",
    "return refused (not kept)",
    "client stayed away",
    "client slow to read",
    "gateway drained",
    "tool call never answered",
    "planned failure",
    "calls ended by the service"};

struct Tally {
  std::array<std::uint64_t, kCounts> counts{};

  void add(Count what, std::uint64_t by = 1) { counts[static_cast<std::size_t>(what)] += by; }
  [[nodiscard]] std::uint64_t of(Count what) const {
    return counts[static_cast<std::size_t>(what)];
  }
  void add(const Tally& other) {
    for (std::size_t i = 0; i < kCounts; ++i) counts[i] += other.counts[i];
  }
};

}  // namespace livegate::sim
