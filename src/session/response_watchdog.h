// A model that owes an answer and does not give it: how long to wait, and what to try then.
//
// Decides when silence is a stall, by phase, and which recovery action comes next: each is stronger
// than the one before, and one that is too strong for a phase is left out. Leaves to the session
// how a action is carried out, and that what a replaced answer still says is never heard. Whatever
// arrives of a reply ends the case.
//
// How long a first answer may take is learned from the answers before it, of other sessions at
// first: a model that answers within 300 ms is asked again sooner than one that needs a second and
// a half.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/instant.h"
#include "proto/model_profile.h"
#include "session/answer_pace.h"

namespace livegate::session {

struct WatchdogOptions {
  bool enabled = true;
  // From the end of the input to anything of the reply, at most; 0: as the facts of the model say.
  Millis first_audio{0};
  Millis first_audio_min{0};  // ... however fast the answers before it were; 0: likewise
  // In mid-reply, from the moment the client has played all it has; 0: likewise.
  Millis starvation{0};
  Millis interrupt = 2s;  // from telling the model of an interruption to its word of it
  Millis tool{0};         // for the client to answer a tool call; 0: as long as it likes
  AnswerPace pace;        // of the usual model towards others, lately
};

enum class StallPhase : std::uint8_t { first_audio, starvation, interrupt };
enum class RecoveryAction : std::uint8_t {
  reprompt,     // a word that makes a model which waits for more go on
  resend,       // the input again, over the same connection
  resume,       // ... over a new one, with the newest handle
  fresh,        // ... in a new session, told what was said so far
  give_up,      // the client is told
  answer_tool,  // in place of a tool that takes too long: not this part's to decide
};

class ResponseWatchdog {
 public:
  explicit ResponseWatchdog(const WatchdogOptions& options)
      : options_(options), pace_(options.pace) {}

  // The model is known: what the options leave to its facts is settled. Before anything is asked.
  void fit(const proto::ModelProfile& profile);
  // The pace in the options is another model's.
  void forget_pace() { pace_ = {}; }

  // The model owes a reply from now on. `certain`: it cannot have missed that it was asked, as it
  // can the end of speech by its own detector: then it is asked no more than twice.
  void asked(Instant now, Input input, bool certain = true);
  // It has said that it is at work and answers later.
  void holding(Instant now);
  // The connection has brought something since the question.
  void sign_of_life() { alive_ = true; }
  // It owes none: the person goes on speaking, or the input was taken back.
  void disarm();
  // The model was told of an interruption, and is to say that the reply is over.
  void interrupted(Instant now);
  // Something came that is no answer but shows work: thoughts, keep-alives.
  void alive(Instant now);
  // Something of the reply. The client has audio until `plays_until`; no audio for a tool call.
  // Returns how long the reply took to begin, if this is its beginning and it was asked for once
  // over this connection.
  std::optional<AnswerTime> content(Instant now, std::optional<Instant> plays_until);
  // The reply was said to be over without a word of it.
  void empty_turn(Instant now);
  // All of the reply is there, or the interruption is known.
  void settled();
  // The connection is gone. What is owed is owed, and counts from the next asked().
  void connection_lost() { deadline_.reset(), asks_anew_ = true; }

  struct Stall {
    StallPhase phase;
    RecoveryAction action;
    Input input;   // that is not answered
    bool certain;  // that it asks for an answer
  };
  // Nothing before the deadline.
  std::optional<Stall> due(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const { return deadline_; }
  // An action was tried and has not helped yet.
  [[nodiscard]] bool recovering() const { return step_ > 0; }

 private:
  [[nodiscard]] std::span<const RecoveryAction> actions() const;
  [[nodiscard]] Millis patience() const;

  WatchdogOptions options_;
  StallPhase phase_ = StallPhase::first_audio;
  std::optional<Instant> deadline_;
  std::optional<Instant> asked_at_;  // if nothing was tried since over this connection
  bool asks_anew_ = false;           // over a connection that knows nothing of it
  bool certain_ = true;
  bool alive_ = false;    // the connection has brought something since the question
  std::size_t step_ = 0;  // actions tried
  int signs_of_life_ = 0;
  Input input_ = Input::written;
  AnswerPace pace_;
};

[[nodiscard]] const char* name(StallPhase phase);
[[nodiscard]] const char* name(RecoveryAction action);

}  // namespace livegate::session
