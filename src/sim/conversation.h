// One simulated conversation: a client, a network, a gateway's session and the service, in
// simulated time, with the invariants looked at after every event.
//
// Plays the shell (server/session_driver.h) to the real session::Session. Decides nothing of its
// own but the network: when what was sent arrives, and what never does. A seed gives the same
// conversation every time, to the byte; the hash says so.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recording/recorder.h"
#include "session/keep_alive.h"
#include "session/resume_guard.h"
#include "session/session.h"
#include "sim/client_net.h"
#include "sim/client_watch.h"
#include "sim/digest.h"
#include "sim/plan.h"
#include "sim/reply_watch.h"
#include "sim/schedule.h"
#include "sim/service.h"
#include "sim/sim_client.h"
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
  std::string recording;                      // where one was wanted (recording/recorder.h)
};

class Conversation final : private Service::Out, private SimClient::Out {
 public:
  // `codecs` serves one conversation at a time. With `trace` every event and action is written
  // there, a line each.
  Conversation(std::uint64_t seed, const Options& options, session::Codecs& codecs,
               std::ostream* trace = nullptr);

  [[nodiscard]] Outcome run();

 private:
  [[nodiscard]] session::SessionConfig recorded_config();
  static constexpr std::string_view kUser = "somebody";  // whose session it is
  // The gateway's socket to the model, of one epoch.
  struct Wire {
    Instant last_up, last_down;  // when the newest message arrives
    bool cut = false;            // what is on its way is lost
    bool swallowed = false;      // nothing arrives any more, and nobody says so
  };

  // Service::Out, SimClient::Out
  void say(std::uint32_t epoch, std::string_view message) override;
  void hang_up(std::uint32_t epoch, std::uint16_t code, std::string_view reason) override;
  void broken(std::string what) override;
  void send_text(std::string_view text) override;
  void send_binary(std::string_view bytes) override;
  void come_back() override;
  void vanish() override;
  void drain() override;

  // The world moves on.
  [[nodiscard]] std::optional<Instant> next() const;
  void step();
  void arrive(const Schedule::Item& item);
  void arrive_at_session(const Schedule::Item& item, PaddedText payload);
  void plan_tick();
  void tick();

  // The shell: the client's side.
  void client_says(const Schedule::Item& item, PaddedText payload);
  void client_lost(bool may_return);
  void client_told(const Schedule::Item& item, std::string_view payload);
  void knock(std::uint32_t connection, PaddedText greeting);
  [[nodiscard]] session::ResumeVerdict judge(const session::ResumeClient& resume,
                                             std::string_view user) const;
  void client_is_alive();
  void keep_client_alive();
  void take_over(std::uint32_t connection, const session::ResumeClient& resume);
  void turn_away(std::uint32_t connection, session::Session& door);
  void send_client(const session::SendClient& send);
  void deliver(const session::SendClient& send, bool counted);
  void revoke(const session::RevokeAudio& revoke);

  // ... and the model's.
  void happens(const session::Event& event);
  void handle(const session::Event& event);
  void look_at_event(const session::Event& event);
  void carry_out(const session::Action& action);
  void send_model(const session::SendUpstream& send);
  void open_model(std::uint32_t epoch);
  void close_model(std::uint32_t epoch);
  void dial(std::uint32_t epoch);
  void dialled(std::uint32_t epoch);
  void cut(std::uint32_t epoch, std::string_view why);
  void old_connection_closed();
  void connection_over();
  void ping_model(std::uint32_t epoch);

  // Invariants.
  void look_at_client_message(std::string_view bytes, bool binary, bool late);
  void look_at_client_audio(const std::optional<Stamp>& stamp, bool late);
  void look_at_upstream(std::uint32_t epoch, std::string_view message);
  void look_at_model_message(std::string_view message);
  void settled(const session::Event& event);
  void look_at_note(const session::Note& note);
  void check_patience(session::RecoveryAction action);
  void check_no_speech_hangs();
  void check(std::string verdict);

  [[nodiscard]] bool fails(Operation operation);
  [[nodiscard]] Instant up_arrival(Wire& wire);
  [[nodiscard]] Instant down_arrival(Wire& wire);
  void write_down(std::string_view who, std::string_view what, std::string_view bytes = {});
  void fold(std::uint64_t word) { hash_ = mix(hash_, word); }
  void fold(std::string_view bytes) { fold(digest_of(bytes)); }

  const std::uint64_t seed_;
  const Options options_;
  const Plan plan_;
  std::ostream* trace_;
  session::Codecs& codecs_;
  Instant now_{};
  Dice dice_;
  Tally tally_;
  Truth truth_;
  Schedule schedule_;
  ClientNet client_net_;
  std::vector<std::int16_t> samples_;
  Service service_;
  SimClient sim_client_;
  UplinkWatch uplink_watch_;
  ReplyWatch reply_watch_;
  ClientWatch client_watch_;
  session::Actions actions_;
  std::optional<recording::Recorder> recorder_;
  session::Session session_;

  std::vector<Wire> wires_;  // by epoch
  std::uint32_t dialling_ = 0, open_ = 0, closing_ = 0, wanted_ = 0;
  bool model_ready_ = false;  // setupComplete of open_ was given to the session
  session::PeerSilence model_silence_;
  Instant microphone_there_since_;
  // Of an activity that the client marks: with a connection of its own.
  bool end_may_be_lost_ = false;
  std::vector<std::string> blocking_calls_;  // for which the model waits, as the session was told

  // The client's way back.
  session::ResumeGuard guard_;
  session::ClientKeepAlive keep_alive_;
  std::uint32_t tokens_made_ = 0;
  std::string spent_token_;         // by the client's next message
  std::uint64_t client_heard_ = 0;  // session messages of the client, as its wire counts them
  bool returning_ = false;          // the event in hand is the client's return...
  bool greeted_ = false;            // ... and it has been told so
  std::optional<Instant> away_since_;
  std::vector<session::Event> answers_;  // to what the event in hand has asked

  std::optional<Instant> tick_for_, tick_at_;
  int ticks_in_a_row_ = 0;
  bool finished_ = false;
  std::optional<Instant> client_left_at_;
  bool was_ready_ = false;
  std::optional<Instant> ready_since_;

  // Of the canary.
  bool first_after_reconnect_ = false;
  std::optional<Stamp> last_audio_;

  std::string broken_;
  std::uint64_t events_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::array<std::uint64_t, 5> operations_{};
};

}  // namespace livegate::sim
