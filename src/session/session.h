// One call, as a pure function: events and a time go in, actions and the next deadline come out.
//
// Decides everything that depends on order and timing: what is forwarded, held, dropped or
// answered, when the model's side is connected again, when the call ends. Leaves sockets, threads
// and clocks to the shell (server/), speech to Uplink, replies to TurnMachine, the connection's
// states to UpstreamLink, what a new connection must be told to UplinkJournal and Transcript, when
// the model is stalling to StallDoctor, the client's wire to a face.
//
// Lateness is an input: every connection to the model has an epoch, every reply a number, every
// tool call an id; what arrives for a dead one is ignored here and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "meter/session_meter.h"
#include "session/action.h"
#include "session/answer_check.h"
#include "session/client_face.h"
#include "session/client_line.h"
#include "session/event.h"
#include "session/held_reply.h"
#include "session/playback.h"
#include "session/session_config.h"
#include "session/stall_doctor.h"
#include "session/time_limits.h"
#include "session/tool_calls.h"
#include "session/transcript.h"
#include "session/turn_taking.h"
#include "session/uplink.h"
#include "session/uplink_journal.h"
#include "session/upstream_link.h"
#include "session/vain_budget.h"
#include "session/video_throttle.h"
#include "turn/turn_machine.h"

namespace livegate::session {

enum class DeadlineReason : std::uint8_t {
  start,      // the client has not said what it wants
  away,       // the client has not come back
  upstream,   // a retry, a setup that takes too long, a ping, a move to another connection
  stall,      // an answer is overdue, of the model or of a tool
  audio_gap,  // the client went quiet in mid-speech, or behind it
  picture,    // the newest picture may be sent
  budget,     // a budget is spent, and the reply will have been played
  token,      // the client's short-lived token expires
  drain,      // the gateway is going down
  time,       // the session has lasted long, or been idle
};
struct Deadline {
  Instant at;
  DeadlineReason reason;
};

// Since the beginning of the call.
struct Counters {
  std::uint64_t frames_heard = 0;       // client audio messages
  std::uint64_t samples_forwarded = 0;  // at 16 kHz
  std::uint64_t samples_repeated = 0;   // ... that a lost connection had been sent already
  std::uint64_t samples_dropped = 0;    // did not fit while the model was away
  std::uint64_t upstream_messages = 0;  // sent
  std::uint64_t downlink_messages = 0;  // received from the model
  std::uint64_t stale_messages = 0;     // content of a reply that was cut off
  std::uint64_t pictures_dropped = 0;
  std::uint64_t echo_frames_dropped = 0;  // 10 ms of a reply whose level is no longer known
  std::uint64_t parts_withheld = 0;  // of the model's messages, from a client that cannot read them
  std::uint64_t messages_refused = 0;
  std::uint64_t interruptions = 0;
  std::uint64_t ends_taken_back = 0;      // the reply to them was in vain
  std::int64_t samples_played = 0;        // by the client's account, at 24 kHz
  std::uint64_t messages_sent_again = 0;  // to a client that came back
  std::uint64_t messages_forgotten = 0;   // that the client had not confirmed
  // What the client has sent, by what it is limited in.
  std::chrono::nanoseconds audio{};
  std::uint64_t texts = 0;  // messages for the model to read
  std::uint64_t text_bytes = 0;
  std::uint64_t tool_bytes = 0;
  std::uint64_t pictures = 0;
};

class Session final : private CallControl, private Uplink::Listener {
 public:
  // `codecs` outlives the session and serves one call of handle() at a time.
  Session(SessionConfig config, Codecs& codecs, Rng rng, Instant now);
  ~Session() override;

  // Appends to `out` what is to be done, in order. After a Finish every event is ignored.
  void handle(const Event& event, Instant now, Actions& out);

  // Whether ClientReturned may be told: `received` as there.
  [[nodiscard]] bool may_return(std::optional<std::uint64_t> received) const {
    return !finished_ && line_.may_return(received);
  }
  // The client was told a way back.
  [[nodiscard]] bool has_offered() const { return line_.has_offered(); }
  [[nodiscard]] bool is_client_away() const { return line_.is_away(); }
  // The model's side remembers the conversation under this handle; empty: it does not.
  [[nodiscard]] const std::string& upstream_handle() const { return link_.handle(); }

  // When handle(Tick) is wanted next, and why. Nothing after the end.
  [[nodiscard]] std::optional<Deadline> next_deadline() const;

  // What an answer since the last call of this showed of the usual model's pace, if any did: the
  // others of a shard are too few to share theirs.
  [[nodiscard]] std::optional<AnswerTime> take_answer_time() {
    return std::exchange(answer_time_, std::nullopt);
  }

  // What it has spent since this was asked last; also behind the end.
  meter::Spend take_spend() { return meter_.take(); }
  [[nodiscard]] const meter::Spend& spent() const { return meter_.session(); }

  // As the client's setup or its pins name it; empty before.
  [[nodiscard]] const std::string& model() const { return setup_.model; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] bool finished() const { return finished_; }
  // The shell cannot go on with this call: as if it had finished, without any action.
  void abandon() {
    meter_.connection_over();
    finished_ = true;
  }

 private:
  // The client's setup with what its token and the gateway's owner pin.
  [[nodiscard]] Result<Done, proto::WireError> pin(proto::Setup& setup) const;
  // The one that a client gets who asks for none.
  [[nodiscard]] bool is_usual_model(const std::string& model) const {
    return model == (config_.pinned_model.empty() ? config_.default_model : config_.pinned_model);
  }
  [[nodiscard]] Result<Done, proto::WireError> fit_to_model(proto::Setup& setup);

  // CallControl: what the client's face asks for.
  void open(proto::Setup setup, bool gated) override;
  void cancels_echo() override { config_.uplink.echo_cancelled = true; }
  [[nodiscard]] bool is_open() const override { return uplink_ != nullptr; }
  void hear(std::span<const std::int16_t> samples, int rate_hz) override;
  bool pause_audio() override;
  void flush_audio() override { uplink_->flush(); }
  bool begin_marked_activity() override;
  void end_marked_activity() override { marked_activity_ = MarkedActivity::none; }
  bool tell_model(const Payload& wire, Asks asks) override;
  void wrote(bool by_person, std::string_view words, Asks asks) override;
  void show(std::string_view mime_type, std::string_view base64) override;
  bool answer_tool(const proto::FunctionResponse& response) override;
  bool answer_as_it_came(std::span<const proto::FunctionResponse> responses,
                         const Payload& wire) override;
  void replace_tools(std::string_view tools_json) override;
  void replace_instruction(std::string_view instruction) override;
  void hush() override;
  void reply_sent(std::int64_t samples) override { playback_.sent(samples, now_); }
  void reply_audio(std::span<const std::int16_t> samples) override;
  [[nodiscard]] bool wants_reply_audio() const override {
    return uplink_->reference() != nullptr || !check_.audible();
  }
  void heard(std::int64_t samples) override;
  void stop() override;
  void resume(std::string_view token, std::optional<std::uint64_t> received) override;
  void confirmed(std::uint64_t received) override { line_.confirm(received, now_); }
  [[nodiscard]] WayBack way_back() const override;
  void fail(std::uint16_t close_code, std::string_view code, std::string_view message) override;
  void refuse(std::string_view code, std::string_view message) override;
  void withheld(std::size_t parts) override { counters_.parts_withheld += parts; }
  [[nodiscard]] Actions& out() override { return *out_; }
  [[nodiscard]] const SessionConfig& config() const override { return config_; }
  [[nodiscard]] const proto::ModelProfile& profile() const override { return profile_; }
  [[nodiscard]] const TurnTaking& turn_taking() const override { return turn_taking_; }
  [[nodiscard]] double clock_ms(Instant at) const override;
  [[nodiscard]] double clock_ms() const override { return clock_ms(now_); }

  // Uplink::Listener
  void on_speech_started(Millis at) override;
  void on_speech(std::span<const std::int16_t> samples) override;
  bool on_speech_paused(Millis silent_for) override;
  void on_speech_resumed() override;
  void on_speech_ended(Millis at, Millis silent_for) override;
  bool on_silence(std::span<const std::int16_t> samples) override;
  void on_silence_over() override;
  void on_speech_sent(std::span<const std::int16_t> samples) override;
  void on_barge_in(turn::BargeInStep step) override;

  // Events
  void on(const ClientText& event) { face_->on_text(event.text); }
  void on(const ClientBinary& event) { face_->on_binary(event.bytes); }
  void on(const ClientAudioPiece& event) { face_->on_audio_piece(event.bytes); }
  void on(const ClientLimited& event) { face_->error("limited", event.message, /*fatal=*/false); }
  void on(const ClientGone& event);
  void on(const ClientReturned& event);
  void on(const ResumeRefused&);
  void on(const ResumeRemembered& event);
  void on(const TakenBack& event) { line_.taken_back(event.before, event.messages); }
  void on(const UpstreamOpened& event);
  void on(const UpstreamMessage& event);
  void on(const UpstreamGone& event);
  void on(const Tick&);
  void on(const DrainRequested&) { end_for_drain(); }
  void on(const DrainAnnounced& event);
  void on(const Measured& event);
  void on(const BudgetReached& event) { shared_budget_ = event.verdict; }

  // The parts of a message from the model, in the order in which they count.
  void on_setup_complete(PaddedText raw);
  bool hold(const proto::ServerMessage& message, PaddedText raw);
  [[nodiscard]] bool stops_for(const proto::ServerMessage& message) const;
  void on_reply(proto::ServerMessage& message, PaddedText raw);
  void show_transcript(const proto::Transcription& words);
  bool on_content(proto::ServerMessage& message);
  void on_tools(proto::ServerMessage& message, std::uint64_t turn);
  bool on_cancelled(proto::ServerMessage& message);
  [[nodiscard]] PaddedText rewritten(const proto::ServerMessage& message);
  void on_turn_finished(const turn::TurnMachine::Finished& finished, bool connected = true);
  void on_turn_complete(const proto::ServerMessage& message);
  [[nodiscard]] bool chooses_silence() const;
  void show_words(std::string_view words, std::uint64_t turn, bool finished);
  void on_no_answer(NoAnswer kind, std::uint64_t turn, bool connected);
  void on_rejected(std::string_view reason);
  void on_interaction_status(std::string_view status);
  void on_answered();

  void begin_activity();
  void end_activity();
  void end_by_silence();
  void ask_of_detector();
  // What stops a reply may be meant for nothing else, and some models answer it by silence.
  [[nodiscard]] bool cut_in_since(Instant speech_began) const;
  [[nodiscard]] std::optional<Instant> silence_due() const;
  [[nodiscard]] std::optional<Instant> marked_end_due() const;
  void end_lost_activity();
  void send_speech(std::span<const std::int16_t> samples);
  void take_held_reply();
  void tell_interrupted(std::uint64_t turn, InterruptedBy by);
  void tell_heard();
  [[nodiscard]] bool model_hears() const;
  [[nodiscard]] bool may_send_speech() const;
  void send_held_speech();

  void connect();
  void leave(std::string_view reason);
  void leave_if_quiet();
  [[nodiscard]] bool is_quiet() const;
  [[nodiscard]] bool is_between_turns() const;
  [[nodiscard]] bool is_spent() const { return budget_.level == meter::Level::hard; }
  void end_if_drained();
  void follow_budgets();
  void tell_budget();
  void tell_model_to_wrap_up();
  void end_if_spent();
  void look_again_when_played();
  void end_for_drain();
  void look_at_time();
  void upstream_lost(std::uint16_t code, const std::string& reason);
  void connection_over();
  void remind();
  enum class Again : std::uint8_t { all, unsent };
  bool say_again(Again what);
  void send_tool_response(ToolCalls::Call& call);
  void reply_after_tools(bool silent);
  void refuse_tools(proto::ServerMessage& message);
  void tell_late_results();
  void tell_late_results_if_quiet();
  void cancel_tools();
  void treat(const StallDoctor::Stall& stall);
  void reprompt(Input unanswered);
  void learn_from_answer();
  void asked_again();
  void give_up_on_tools();
  enum class Carries : std::uint8_t { text, sound, picture, nothing };  // that is charged for
  void send_upstream(const Payload& payload, Carries what = Carries::text);
  void end_waiting(std::string why);
  void finish();
  void note(NoteKind kind, std::int64_t value = 0, std::string detail = {});

  SessionConfig config_;
  Codecs& codecs_;
  std::unique_ptr<ClientFace> face_;
  ClientLine line_;
  UpstreamLink link_;
  turn::TurnMachine turns_;
  Playback playback_;
  UplinkJournal journal_;
  bool replying_ = false;             // content of an exchange that is not over has arrived
  std::uint64_t answered_until_ = 0;  // of the journal, once that reply is complete
  std::uint64_t settled_until_ = 0;   // ... once the person says something new
  bool generated_ = false;            // all of the running reply has arrived
  bool spoken_ = false;               // something of it can be heard or read
  AnswerCheck check_;                 // of the running reply
  MarkupFilter markup_;
  bool in_progress_ = false;          // the model has said that the answer is still to come
  bool remedied_ = false;             // a reply that answered nothing, for the newest question
  int rejections_ = 0;                // in a row
  bool interrupted_unheard_ = false;  // ... before any of it: its end is still to come
  Transcript transcript_;
  bool reminds_ = true;          // the next connection, of what it cannot remember
  bool reminded_ = false;        // ... this one was
  std::size_t known_words_ = 0;  // bytes of the person's transcript that come a second time
  StallDoctor doctor_;
  std::optional<AnswerTime> answer_time_;
  VideoThrottle video_;
  std::unique_ptr<Uplink> uplink_;  // from open() on
  proto::Setup setup_;
  proto::ModelProfile profile_;  // of its model
  bool tells_history_ = false;   // the client itself does, first of all
  TurnTaking turn_taking_;
  Instant silence_sent_{};          // newest silence that no microphone sent
  Millis spoke_for_{};              // since the last answer, and since it was last asked again
  bool tried_silence_ = false;      // to learn whether the model waits for it
  bool silence_cut_short_ = false;  // by the client's own mark, behind the speech that came last
  bool interrupts_ = true;  // speech ends a reply at the model, as the client's setup has it
  std::vector<std::string> blocking_functions_;  // a call of theirs stops the model
  bool speech_waits_ = false;                    // for the answer to such a call
  bool activity_open_ = false;                   // mode `turns`: on this connection
  // Of a client that marks its own: its end may be lost with the client's connection.
  enum class MarkedActivity : std::uint8_t { none, open, may_be_over };
  MarkedActivity marked_activity_ = MarkedActivity::none;

  // An end of speech that the model was told of and that may still be taken back.
  struct Announced {
    Instant at;
    Instant speech_ended;
  };
  std::optional<Announced> announced_;
  VainBudget vain_;
  HeldReply held_reply_;
  bool holds_call_ = false;   // of a function that stops the model
  bool release_due_ = false;  // once the event in hand, whose bytes are being read, is done
  std::vector<HeldReply::Message> released_;  // actions point into them until the next event
  std::optional<Instant> arrived_;            // of the message in hand, if it was held

  meter::SessionMeter meter_;
  meter::Verdict budget_;         // how far it has come, of whichever limit is nearest
  meter::Verdict shared_budget_;  // of users and days, as it was told last
  bool budget_told_ = false;
  bool wrap_up_due_ = false;  // the model is still to be told
  std::optional<Instant> budget_look_at_;

  ToolCalls tools_;
  std::optional<Instant> late_results_at_;  // they wait for a second answer that is dropped
  PaddedString rewritten_;                  // of the message in hand
  std::vector<std::string> cancelled_;
  std::optional<proto::Usage> usage_;  // of the running turn
  std::optional<double> gateway_ms_;   // of the running turn's first audio
  bool measure_next_ = false;

  const Instant began_;
  TimeLimits time_;
  std::optional<Instant> start_by_;
  std::optional<Instant> drain_by_;       // the gateway is going down: the end, at the latest
  std::optional<Instant> drain_look_at_;  // ... the reply will have been played
  std::optional<Instant> last_audio_;
  std::optional<Millis> speech_began_;  // in the client's audio
  std::optional<Instant> interrupted_at_;
  std::optional<Instant> reply_began_;
  Counters counters_;
  bool finished_ = false;

  // Of the event in hand.
  Actions* out_ = nullptr;
  Instant now_{};
};

}  // namespace livegate::session
