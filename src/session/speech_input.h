// The microphone's way to the model: the audio goes in, speech comes out in the form that the model
// takes.
//
// Decides when speech may be sent and when it has to wait, opens and closes the activities of mode
// `turns`, and owes the model the silence that its own detector waits for. Leaves to Uplink what is
// speech, to SpeechHandler what its beginnings and ends mean.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "session/model_connection.h"
#include "session/session_state.h"
#include "session/uplink.h"

namespace livegate::session {

class SpeechInput {
 public:
  // Both outlive it.
  SpeechInput(SessionState& state, ModelConnection& model);

  // Once, when context.turn_taking is chosen.
  void open(Uplink::Listener& listener);
  [[nodiscard]] bool is_open() const { return uplink_ != nullptr; }
  [[nodiscard]] Uplink& uplink() { return *uplink_; }
  [[nodiscard]] const Uplink& uplink() const { return *uplink_; }
  [[nodiscard]] bool is_speaking() const { return uplink_ && uplink_->is_speaking(); }
  // What the client plays is announced there; null where nobody asks.
  [[nodiscard]] audio::EchoGuard* reference() { return uplink_ ? uplink_->reference() : nullptr; }

  // ---- from the client
  void hear(std::span<const std::int16_t> samples, int rate_hz);  // mono, 8000..48000 Hz
  // The microphone is off: what is held is sent, then the stream's end. True if the model, to which
  // everything goes, has to be told of it still.
  bool pause();
  // The client marks its own activity. False: this beginning continues the activity that is open,
  // whose end may be lost.
  bool begin_marked_activity();
  void end_marked_activity() { marked_activity_ = MarkedActivity::none; }
  void client_returned();
  // When an activity counts as ended whose end may have been lost with the client's connection.
  [[nodiscard]] std::optional<Instant> marked_end_due(bool client_away) const;

  // ---- to the model
  // Speech may be sent now; if not although the connection is up, it waits (waits()).
  [[nodiscard]] bool may_send() const { return model_hears() && !waits_; }
  // The model takes speech: no call stops it.
  [[nodiscard]] bool model_hears() const;
  // As may_send(); what is not sent waits for the answer to a call.
  bool send_or_wait();
  // True once, when what waits may go.
  bool take_waiting();
  void send(std::span<const std::int16_t> samples);
  void end_activity();
  [[nodiscard]] bool is_activity_open() const { return activity_open_; }
  // The end of speech that is said again: what the microphone sent behind it is not kept.
  void end_again();
  void connection_lost();

  // The mark of the client's own end of stream took the place of the silence that was due.
  [[nodiscard]] bool silence_cut_short() const { return silence_cut_short_; }
  void speech_began() { silence_cut_short_ = false; }

  // The time that the person has spoken since the last answer, and since it was last asked again.
  Millis spoke_for{};

  // ---- time
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_tick();

 private:
  void begin_activity();
  [[nodiscard]] std::optional<Instant> gap_due() const;
  [[nodiscard]] std::optional<Instant> silence_due() const;

  SessionContext& context_;
  Exchange& exchange_;
  SpeculativeEnd& speculative_end_;
  ReplayBuffer& replay_;
  SessionState& state_;
  ModelConnection& model_;

  std::unique_ptr<Uplink> uplink_;
  bool waits_ = false;          // speech, for the answer to a call that stops the model
  bool activity_open_ = false;  // mode `turns`: on this connection
  bool silence_cut_short_ = false;
  Instant silence_sent_{};  // newest silence that no microphone sent
  std::optional<Instant> last_audio_;
  // Of a client that marks its own: its end may be lost with the client's connection.
  enum class MarkedActivity : std::uint8_t { none, open, may_be_over };
  MarkedActivity marked_activity_ = MarkedActivity::none;
};

}  // namespace livegate::session
