// One question of the person with its answer: from asked over answering, all arrived and all played
// to settled, cut off, lost or unanswered.
//
// Brings together who has the floor (TurnMachine), whether an answer is overdue (ResponseWatchdog),
// how far the reply has been played (Playback) and whether it answers anything (AnswerCheck).
// Leaves to ReplyHandler what the client is told of it, and to ReplayBuffer what a lost answer
// leaves to say again.
#pragma once

#include <optional>

#include "base/instant.h"
#include "proto/gemini.h"
#include "session/answer_check.h"
#include "session/playback.h"
#include "session/response_watchdog.h"
#include "turn/turn_machine.h"

namespace livegate::session {

struct Exchange {
  explicit Exchange(const WatchdogOptions& options) : watchdog(options) {}

  turn::TurnMachine turns;
  ResponseWatchdog watchdog;
  Playback playback;

  // ---- the question
  bool in_progress = false;            // the model has said that the answer is still to come
  bool recovered = false;              // it was asked once more for a reply that answered nothing
  int rejections = 0;                  // of answers by the service, in a row
  std::optional<Instant> interrupted;  // when the client was told of an interruption last
  bool interrupted_unheard = false;    // ... before any of the reply: its end is still to come

  // ---- the running reply
  struct Reply {
    bool generated = false;  // all of it has arrived
    bool spoken = false;     // something of it can be heard or read
    AnswerCheck check;
    MarkupFilter markup;
    std::optional<double> gateway_ms;   // what its first audio took here
    bool measure_next = false;          // ... is told by the next Measured
    std::optional<proto::Usage> usage;  // of its turn
    std::optional<Instant> began;
  };
  Reply reply;
  bool replying = false;  // content of an exchange that is not over has arrived
  // What an answer showed of the usual model's pace, until somebody takes it.
  std::optional<AnswerTime> answer_time;

  // The person asks something new: it takes the place of what is at work.
  void begin_question() { in_progress = recovered = false; }
  void begin_reply(Instant now) {
    reply.began = now;
    reply.generated = reply.spoken = false;
    in_progress = false;  // until its end says so
    reply.check.begin();
    reply.markup.reset();
    reply.gateway_ms.reset();
    playback.begin_reply();
  }
  // No reply runs or is announced.
  [[nodiscard]] bool is_settled() const { return !turns.replying() && !in_progress; }
};

}  // namespace livegate::session
