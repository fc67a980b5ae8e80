// One conversation with the embedded offline assistant, seen from the server: the Live API's rules
// over a Brain, a recogniser and a voice that somebody else runs. Pure: events and `now` in,
// actions and a deadline out.
//
// Decides what the client may say when (and with which of the service's words it is refused), when
// the person has spoken, what interrupts a reply, and what a resumed connection still knows. Leaves
// understanding to the Brain, decoding and synthesis to the shell, and every byte's way to the
// socket to it as well.
//
// It speaks (AUDIO) and nothing else. Which models it answers to, with which habits, how slow it is
// and what it does wrong on purpose are settings (standin_settings.h). What the service counts
// exactly it estimates: see live_session_usage.cc.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/brain.h"
#include "audio/vad.h"
#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "offline/auth_tokens.h"
#include "offline/conversation_book.h"
#include "offline/faults.h"
#include "offline/habits.h"
#include "offline/live_session_calls.h"
#include "offline/live_session_ear.h"
#include "offline/live_session_handles.h"
#include "offline/live_session_io.h"
#include "offline/live_session_turn.h"
#include "offline/standin_settings.h"
#include "proto/gemini.h"

namespace livegate::offline {

enum class KeyCheck : std::uint8_t {
  passed,
  missing,
  wrong,
  refused,  // a credential of a kind that does not open this
};

struct LiveSessionOptions {
  std::uint64_t id = 0;  // unique among the sessions that share a HandleStore
  KeyCheck key = KeyCheck::passed;
  std::string api_version = "v1beta";  // named when a model is refused
  std::optional<int> silence_ms;       // ends an utterance; nothing: as long as the model needs
  StandinSettings settings{};
  bool vertex = false;               // speak as Vertex does
  std::shared_ptr<AuthToken> token;  // what the client came in with, if it was one
};

// What a session borrows. References outlive it; it never calls them but from handle().
struct LiveSessionParts {
  proto::GeminiDecoder& decoder;
  HandleStore& handles;
  std::function<bool(const std::string&)> knows_word;  // as assistant::Brain::make wants it
  std::function<std::unique_ptr<audio::Vad>(int aggressiveness)> make_vad;  // 20 ms frames
  ConversationBook* book = nullptr;  // null: nobody wants to know
  std::uint64_t seed = 0;  // of handles and call ids: from the system, another one for each session
};

// For the log: counts, never words.
struct LiveCounts {
  int turns = 0;
  int interruptions = 0;
  int utterances = 0;  // given to the recogniser
  int unheard = 0;     // not given to it, or not taken by it: too busy
  int tool_calls = 0;
  int pictures = 0;
};

// Estimates, as the service bills them.
[[nodiscard]] std::int64_t audio_tokens(std::size_t samples, int rate_hz);

class LiveSession {
 public:
  LiveSession(const LiveSessionOptions& options, LiveSessionParts parts, Instant now);
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  // Appends to `out` what is to be done, in that order. After a Close nothing more comes, whatever
  // is fed.
  void handle(const LiveEvent& event, Instant now, LiveActions& out);
  // When to send a Tick at the latest: always later than the last `now`.
  [[nodiscard]] std::optional<LiveDeadline> next_deadline() const;
  [[nodiscard]] const LiveCounts& counts() const { return counts_; }
  // Of the whole conversation so far; nothing before its setup.
  [[nodiscard]] const ConversationCounts* conversation() const { return conversation_.get(); }

 private:
  enum class State : std::uint8_t { awaiting_setup, setting_up, open, closed };
  enum class InputKind : std::uint8_t { words, not_understood, too_busy };
  enum class Ending : std::uint8_t { completed, cut };
  struct Input {
    InputKind kind;
    std::string words;
    Instant ended_at{};  // when the person had said it
  };
  struct PendingRecognition {
    std::uint64_t id;
    Millis voiced;
    bool deliberate;
    Instant ended_at;
  };

  // live_session_setup.cc: how it begins
  void on_setup(const proto::Setup& asked, Instant now, LiveActions& out);
  bool admit_token(const proto::Setup& setup, Instant now, LiveActions& out);
  void set_up(const proto::Setup& setup, Instant now, LiveActions& out);
  bool choose_model(const proto::Setup& setup, Instant now, LiveActions& out);
  [[nodiscard]] std::optional<EarOptions> choose_ear(const proto::Setup& setup) const;
  [[nodiscard]] std::string refusal_of(const proto::Setup& setup) const;
  bool choose_brain(const proto::Setup& setup, Instant now, LiveActions& out);
  void hold_early(PaddedText text, Instant now, LiveActions& out);
  void complete_setup(Instant now, LiveActions& out);

  // live_session.cc: what the client says
  void on_message(PaddedText text, Instant now, LiveActions& out);
  void on_realtime_input(const proto::RealtimeInput& input, Instant now, LiveActions& out);
  void on_activity_start(Instant now, std::vector<Heard>& heard);
  void on_audio(const proto::InlineData& audio, Instant now, LiveActions& out);
  void on_picture(const proto::InlineData& picture, Instant now, LiveActions& out);
  void on_realtime_text(std::string_view text, Instant now, LiveActions& out);
  void on_client_content(const proto::ClientContent& content, Instant now, LiveActions& out);
  void on_tool_responses(const std::vector<proto::FunctionResponse>& responses, Instant now,
                         LiveActions& out);
  [[nodiscard]] std::string call_named(std::string_view name) const;
  void take_answers(const AnsweredCalls& answered, Instant now, LiveActions& out);
  assistant::Reply reply_to(const AnsweredCalls& answered, LiveActions& out);
  void on_background_response(const proto::FunctionResponse& response, Instant now,
                              LiveActions& out);
  bool content_allowed(const proto::ClientContent& content, Instant now, LiveActions& out);
  bool may_answer(const proto::FunctionResponse& response, Instant now, LiveActions& out);
  void on_context_update(std::string_view tools_json, Instant now, LiveActions& out);
  bool hold_text(std::string_view text, Instant now, LiveActions& out);
  void close(std::uint16_t code, std::string_view reason, Instant now, LiveActions& out);

  // live_session_reply.cc: what follows from it
  void on_gone(Instant now, LiveActions& out);
  void on_recognised(const RecognitionDone& done, Instant now, LiveActions& out);
  void take_heard(std::vector<Heard>& heard, Instant now, LiveActions& out);
  [[nodiscard]] std::string heard_as(const std::string& words) const;
  void transcribe(std::string_view text, LiveActions& out);
  void respond(Input input, Instant now, LiveActions& out);
  // `scripted`: what a scenario has about this turn besides the reply; may be null.
  void begin_answer(assistant::Reply reply, Instant ended_at, LiveActions& out,
                    const ScenarioAnswer* scripted = nullptr);
  void begin_turn(assistant::Reply reply, Instant ended_at, LiveActions& out,
                  const ScenarioAnswer* scripted = nullptr);
  [[nodiscard]] assistant::Reply answer_to(const Input& input);
  [[nodiscard]] TurnOptions turn_options(const assistant::Reply& reply);
  bool begin_scripted(const Input& input, LiveActions& out);
  std::optional<assistant::Reply> promised(const std::vector<assistant::ToolRequest>& calls);
  void deliver(assistant::Reply reply, LiveActions& out);
  [[nodiscard]] CallKind kind_of(const assistant::Reply& reply) const;
  void finish_turn(Instant now, LiveActions& out, Ending ending = Ending::completed);
  void complete_turn(Instant now, LiveActions& out, Ending ending);
  void interrupt(Instant now, LiveActions& out);
  void advance(Instant now, LiveActions& out);
  void advance_turn(Instant now, LiveActions& out);
  [[nodiscard]] bool ends_with_gap() const;
  void begin_reaction(LiveActions& out);
  void note_calls();
  [[nodiscard]] bool runs_in_background(const assistant::Reply& reply) const;
  void send_activity(proto::ActivityType type, LiveActions& out);
  void offer_handle(Instant now, LiveActions& out);
  void use_brain(assistant::Brain brain, std::string tools_json, LiveActions& out);
  std::optional<std::vector<std::uint8_t>> decode_media(std::string_view base64) const;

  // live_session_holding.cc: what happens outside of turns
  void open_gap(Instant now, LiveActions& out);
  void advance_gap(Instant now, LiveActions& out);
  void call_outside(const assistant::Reply& reply, Instant now, LiveActions& out);
  void keep_background(CallBatch batch);
  [[nodiscard]] bool may_speak() const;
  void cancel_blocking(LiveActions& out);
  void send_late_end(LiveActions& out);
  [[nodiscard]] std::optional<LiveDeadline> next_outside() const;

  // live_session_usage.cc: what is counted, by estimate
  static std::int64_t text_tokens(std::size_t bytes);
  void count_prompt(std::int64_t text, std::int64_t audio);
  [[nodiscard]] std::string usage_json() const;

  // live_session_faults.cc: what goes wrong on purpose, and how a connection ends
  void begin_conversation(std::shared_ptr<ConversationCounts> resumed);
  bool suffers(Fault fault);
  bool falls_silent(Fault fault);
  void suffer_in_turn(Instant now, LiveActions& out);
  void on_ping(std::string payload, Instant now, LiveActions& out);
  void send_pongs(Instant now, LiveActions& out);
  void advance_age(Instant now, LiveActions& out);
  void announce_end(Instant ends_at, Instant now, LiveActions& out);
  void spoil(TurnOptions& turn);
  [[nodiscard]] std::optional<LiveDeadline> next_duty() const;

  LiveSessionOptions options_;
  LiveSessionParts parts_;
  Rng rng_;
  State state_ = State::awaiting_setup;
  Instant opened_at_;
  LiveCounts counts_;
  proto::ClientMessage message_;  // reused: steady state allocates little

  // from the setup
  const proto::ModelProfile* profile_ = nullptr;  // from the setup on, and never null then
  Habits habits_;
  bool interrupts_ = true;
  bool input_transcription_ = false;
  bool output_transcription_ = false;
  bool resumption_ = false;
  std::optional<assistant::Brain> brain_;
  std::string tools_json_;
  bool tools_updated_ = false;
  struct NextBrain {
    assistant::Brain brain;
    std::string tools_json;
  };
  std::optional<NextBrain> next_brain_;  // from a contextUpdate while calls were open

  std::optional<Ear> ear_;
  Instant last_audio_at_{};
  std::uint64_t heard_samples_ = 0;  // at 16 kHz
  std::uint64_t utterances_ = 0;
  std::vector<PendingRecognition> recognitions_;
  std::optional<Instant> bracket_ended_at_;  // the client's last activityEnd
  std::string transcribed_;                  // of the utterance that may go on
  std::string held_text_;                    // clientContent that waits for turnComplete
  ScenarioPlace place_;
  std::deque<std::pair<assistant::ToolRequest, std::string>>
      promises_;               // what to say once calls are answered
  std::optional<Input> owed_;  // what no whole turn has answered yet
  std::deque<Input> inputs_;   // what waits for the turn to end
  bool picture_noticed_ = false;
  std::string picture_speech_;  // what the next reply says about the first picture

  TurnNames names_;
  std::optional<LiveTurn> turn_;
  FaultDice dice_;
  std::shared_ptr<ConversationCounts> conversation_;
  std::optional<Instant> setup_ready_at_;  // nothing while setting up: never
  std::deque<std::string> early_;          // what came before setupComplete
  std::size_t early_bytes_ = 0;
  bool history_open_ = false;  // clientContent still tells of the past
  std::vector<std::string> blocking_functions_;
  std::vector<CallBatch> background_;  // calls that no turn waits for
  struct Reaction {
    assistant::Reply reply;
    Instant since;
  };
  std::deque<Reaction> reactions_;    // to answers of those; turns of their own
  std::optional<Fault> turn_fault_;   // of this turn, still to come
  std::string_view complete_reason_;  // of the turn that is being completed
  bool closes_on_audio_ = false;      // while the calls of this turn are open
  struct Gap {
    assistant::Reply reply;  // to give once the holding line is over, and a while has passed
    std::optional<Fault> fault;
    std::optional<Instant> due;  // nothing: the holding line is still being said
  };
  std::optional<Gap> gap_;
  std::optional<Instant> second_hold_at_;  // another holding line, while a call is open
  struct LateEnd {
    Instant due;
    std::string bytes;
  };
  std::optional<LateEnd> late_end_;  // of a turn that was interrupted
  std::optional<Instant> unasked_handle_at_;
  bool frozen_ = false;  // nothing more leaves on this connection
  struct HeldPong {
    Instant due;
    std::string payload;
  };
  std::deque<HeldPong> pongs_;
  std::optional<Instant> go_away_at_;
  std::optional<Instant> ends_at_;  // the connection, whether the client has left or not

  std::int64_t context_tokens_ = 0;        // everything said so far, by either side
  std::int64_t context_audio_tokens_ = 0;  // ... of it, the person's audio
  std::int64_t response_tokens_ = 0;       // of this turn, audio excluded
};

}  // namespace livegate::offline
