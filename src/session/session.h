// One session, as a pure function: events and a time go in, actions and the next deadline come out.
//
// Routes each event to the handler that decides, in an order that is the same for every event.
// Decides nothing itself. Leaves sockets, threads and clocks to the shell (server/), what is known
// to SessionState, the client to ClientChannel and ClientInput, the microphone to SpeechInput and
// SpeechHandler, the model's connections to ModelConnection and Handover, its words to
// ReplyHandler, its tool calls to ToolRelay, what it is told to ModelInput, the end to SessionEnd
// and SessionLimits.
//
// Lateness is an input: every connection to the model has an epoch, every reply a number, every
// tool call an id; what arrives for a dead one is ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "session/client_input.h"
#include "session/event.h"
#include "session/session_limits.h"
#include "session/speech_handler.h"

namespace livegate::session {

class Session {
 public:
  // `codecs` outlives the session and serves one call of handle() at a time.
  Session(SessionConfig config, Codecs& codecs, Rng rng, Instant now);
  Session(const Session&) = delete;  // its parts refer to each other
  Session& operator=(const Session&) = delete;

  // Appends to `out` what is to be done, in order. After a Finish every event is ignored.
  void handle(const Event& event, Instant now, Actions& out);
  // When handle(Tick) is wanted next, and why. Nothing after the end.
  [[nodiscard]] std::optional<Deadline> next_deadline() const;
  [[nodiscard]] bool finished() const { return end_.is_over(); }
  // The shell cannot continue this session: as if it had finished, without any action.
  void abandon();

  // Whether ClientReturned may be told: `received` as there.
  [[nodiscard]] bool may_return(std::optional<std::uint64_t> received) const {
    return !finished() && client_.line().may_return(received);
  }
  // The client was told a way back.
  [[nodiscard]] bool has_offered() const { return client_.line().has_offered(); }
  [[nodiscard]] bool is_client_away() const { return client_.line().is_away(); }
  // The model's side remembers the conversation under this handle; empty: it does not.
  [[nodiscard]] const std::string& upstream_handle() const { return model_.link().handle(); }
  // As the client's setup or its pins name it; empty before.
  [[nodiscard]] const std::string& model() const { return model_.setup().model; }

  // What an answer since the last call of this showed of the usual model's pace, if any did: the
  // others of a shard are too few to share theirs.
  [[nodiscard]] std::optional<AnswerTime> take_answer_time() {
    return std::exchange(state_.exchange.answer_time, std::nullopt);
  }
  // What it has spent since this was asked last; also behind the end.
  meter::Spend take_spend() { return state_.spending.meter.take(); }
  [[nodiscard]] const meter::Spend& spent() const { return state_.spending.meter.session(); }
  [[nodiscard]] const Counters& counters() const { return state_.context.counters; }

 private:
  // ---- the client
  void on(const ClientText& event) { take(client_.codec().decode_text(event.text)); }
  void on(const ClientBinary& event) { take(client_.codec().decode_binary(event.bytes)); }
  void on(const ClientAudioPiece& event) { take(client_.codec().decode_audio_piece(event.bytes)); }
  void on(const ClientLimited& event);
  void on(const ClientGone& event);
  void on(const ClientReturned& event);
  void on(const ResumeRefused&);
  void on(const ResumeRemembered& event);
  void on(const Revoked& event) { client_.line().revoked(event.before, event.messages); }
  // ---- the model
  void on(const UpstreamOpened& event) { handover_.on_opened(event); }
  void on(const UpstreamMessage& event);
  void on(const UpstreamGone& event) { handover_.on_gone(event); }
  // ---- the shell
  void on(const Tick&);
  void on(const DrainRequested&) { limits_.end_for_drain(); }
  void on(const DrainAnnounced& event) { limits_.on_drain_announced(event.time_left); }
  void on(const Measured& event);
  void on(const BudgetReached& event) { state_.spending.shared = event.verdict; }

  void take(std::span<const ClientRequest> requests);
  void take(const ClientRequest& request);
  void open(const request::Open& request);
  void stop();
  void leave_if_rejected();

  SessionState state_;
  ClientChannel client_;
  ModelConnection model_;
  SpeechInput speech_;
  ModelInput input_;
  ToolRelay tools_;
  ReplyHandler replies_;
  SpeechHandler speech_handler_;
  SessionEnd end_;
  Handover handover_;
  ClientInput client_input_;
  SessionLimits limits_;
};

}  // namespace livegate::session
