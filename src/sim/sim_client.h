// A person and their app as a pure machine in simulated time: speaks, pauses, mutes, cuts in,
// types, shows pictures, runs tools, sends nonsense, leaves, and comes back where it lost its line.
//
// Decides what the client sends and when, in either of the two wires. Leaves what is kept of it to
// SimClientLine, and the way there to the network: each message is handed to an Out at the moment
// it leaves the app.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "session/session_config.h"
#include "sim/dice.h"
#include "sim/plan.h"
#include "sim/sim_client_line.h"
#include "sim/tally.h"

namespace livegate::sim {

class SimClient {
 public:
  using Out = SimClientLine::Out;

  SimClient(const Plan& plan, Out& out, Tally& tally, bool tools_fail, std::uint64_t failing_at);

  void begin(Instant now);
  // What the gateway sent, as it arrives.
  void on_text(std::string_view text, Instant now);
  void on_binary(std::string_view bytes, Instant now);
  void on_closed() { left_ = true; }
  // Its connection is dead, or could not be made.
  void on_lost(Instant now);

  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  // Nothing more will come of it.
  [[nodiscard]] bool left() const { return left_; }
  [[nodiscard]] std::uint64_t tools_run() const { return tools_run_; }

 private:
  struct ToolRun {
    Instant done;
    std::string id;
  };

  void greet();
  void come_back();
  void say(std::string_view text) { line_.send(text, SimClientLine::Part::event); }
  void ping();
  void act(Instant now);
  void speak(Millis length, Instant now);
  void send_packet(Instant now);
  void send_audio(std::string_view pcm);
  void type_line();
  void show_picture();
  void send_nonsense();
  void set_muted(bool muted);
  void run_tool(std::string_view id, Instant now);
  void answer_tool(const std::string& id);
  void reply_audio(std::int64_t samples, Instant now);
  void reply_ended(Instant now);
  void stop_playing(Instant now);
  void report(Instant now);
  void leave(Instant now);
  [[nodiscard]] std::int64_t played(Instant now) const;
  [[nodiscard]] bool is_native() const { return client_ == session::ClientKind::native; }
  [[nodiscard]] bool sends_audio(Instant now) const;

  const SimClientPlan plan_;
  const session::ClientKind client_;
  Millis length_, grace_;
  Dice dice_;
  Out& out_;
  SimClientLine line_;
  Tally& tally_;
  bool tools_fail_;
  std::uint64_t failing_at_;
  std::uint64_t tools_run_ = 0;

  bool ready_ = false;
  bool left_ = false;
  bool muted_ = false;
  bool activity_ = false;  // manual: a bracket is open
  Instant ends_;
  std::optional<Instant> gone_at_;
  std::optional<Instant> next_act_;
  std::optional<Instant> next_packet_;
  std::optional<Instant> cut_in_at_;
  std::optional<Instant> next_report_;
  std::optional<Instant> next_ping_;
  std::optional<Instant> comes_back_at_;
  // Speech: loud until; with a short pause in the middle now and then.
  Instant loud_from_, loud_until_, pause_from_, pause_until_;
  std::uint32_t frame_ = 0;  // of the microphone; 10 ms each, from 1
  std::uint32_t lines_ = 0;
  // The player.
  std::int64_t received_ = 0, flushed_ = 0;  // samples of all replies; thrown away of these
  std::int64_t played_before_ = 0;
  std::optional<Instant> playing_since_;
  std::vector<ToolRun> tools_;
  std::string pcm_, text_;
};

}  // namespace livegate::sim
