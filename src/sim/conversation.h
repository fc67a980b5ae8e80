// One simulated conversation: a caller, a network, a gateway's session and the service, in
// simulated time, with the invariants looked at after every event.
//
// Plays the shell (server/call_driver.h) to the real session::Session. Decides nothing of its own
// but the network: when what was sent arrives, and what never does. A seed gives the same
// conversation every time, to the byte; the hash says so.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flight/recorder.h"
#include "session/session.h"
#include "sim/caller.h"
#include "sim/plan.h"
#include "sim/reply_watch.h"
#include "sim/schedule.h"
#include "sim/service.h"
#include "sim/tally.h"
#include "sim/uplink_watch.h"

namespace livegate::sim {

struct Outcome {
  std::uint64_t seed = 0;
  std::chrono::nanoseconds simulated{};
  std::uint64_t hash = 0;  // of every event and action
  std::string broken;      // the invariant, or empty
  Tally tally;
  std::array<std::uint64_t, 5> operations{};  // by Operation
  std::string recording;                      // where one was wanted (flight/recorder.h)
};

class Conversation final : private Service::Out, private Caller::Out {
 public:
  // `codecs` serves one conversation at a time. With `trace` every event and action is written
  // there, a line each.
  Conversation(std::uint64_t seed, const Options& options, session::Codecs& codecs,
               std::ostream* trace = nullptr);

  [[nodiscard]] Outcome run();

 private:
  [[nodiscard]] session::SessionConfig recorded_config();
  // The gateway's socket to the model, of one epoch.
  struct Wire {
    Instant last_up, last_down;  // when the newest message arrives
    bool cut = false;            // what is on its way is lost
    bool swallowed = false;      // nothing arrives any more, and nobody says so
  };

  // Service::Out, Caller::Out
  void say(std::uint32_t epoch, std::string_view message) override;
  void hang_up(std::uint32_t epoch, std::uint16_t code, std::string_view reason) override;
  void broken(std::string what) override;
  void send_text(std::string_view text) override;
  void send_binary(std::string_view bytes) override;
  void vanish() override;
  void drain() override;

  // The world moves on.
  [[nodiscard]] std::optional<Instant> next() const;
  void step();
  void arrive(const Schedule::Item& item);
  void arrive_at_session(const Schedule::Item& item, PaddedText payload);
  void plan_tick();
  void tick();

  // The shell.
  void happens(const session::Event& event);
  void handle(const session::Event& event);
  void look_at_event(const session::Event& event);
  void carry_out(const session::Action& action);
  void send_client(const session::SendClient& send);
  void send_model(const session::SendUpstream& send);
  void open_model(std::uint32_t epoch);
  void close_model(std::uint32_t epoch);
  void dial(std::uint32_t epoch);
  void dialled(std::uint32_t epoch);
  void cut(std::uint32_t epoch, std::string_view why);
  void old_connection_closed();
  void ping_model(std::uint32_t epoch);
  void take_back();

  // Invariants.
  void look_at_client_text(std::string_view text, bool binary);
  void look_at_upstream(std::uint32_t epoch, std::string_view message);
  void settled(const session::Event& event);
  void check(std::string verdict);

  [[nodiscard]] bool fails(Operation operation);
  [[nodiscard]] Instant up_arrival(Wire& wire);
  [[nodiscard]] Instant down_arrival(Wire& wire);
  void write_down(std::string_view who, std::string_view what, std::string_view bytes = {});
  void fold(std::uint64_t word);
  void fold(std::string_view bytes);

  const std::uint64_t seed_;
  const Options options_;
  const Plan plan_;
  std::ostream* trace_;
  Instant now_{};
  Dice dice_;
  Tally tally_;
  Truth truth_;
  Schedule schedule_;
  proto::GeminiDecoder decoder_;
  proto::ClientMessage client_message_;
  std::vector<std::int16_t> samples_;
  Service service_;
  Caller caller_;
  UplinkWatch uplink_watch_;
  ReplyWatch reply_watch_;
  session::Actions actions_;
  std::optional<flight::Recorder> recorder_;
  session::Session session_;

  std::vector<Wire> wires_;  // by epoch
  std::uint32_t dialling_ = 0, open_ = 0, closing_ = 0, wanted_ = 0;
  bool model_ready_ = false;  // setupComplete of open_ was given to the session
  Instant model_alive_;
  Instant last_from_client_, last_to_client_;
  Instant client_free_at_;  // what was sent before has left
  struct Unsent {
    Instant departs;
    std::uint32_t slot;
  };
  std::vector<Unsent> unsent_audio_;
  std::optional<Instant> tick_for_, tick_at_;
  int ticks_in_a_row_ = 0;
  bool client_gone_ = false, finished_ = false;
  std::optional<Instant> client_left_at_;
  bool was_ready_ = false;
  std::optional<Instant> ready_since_;

  // Of the canary.
  bool first_after_reconnect_ = false;
  std::string last_audio_;

  std::string broken_;
  std::uint64_t events_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::array<std::uint64_t, 5> operations_{};
};

}  // namespace livegate::sim
