// Who has the floor, which reply a piece of content belongs to, and what of it is stale.
//
// Decides: the numbering of replies, when one begins and ends, which content must never reach the
// client after an interruption, and what each turn's latency was. Leaves to others how speech is
// detected and how any of this is told to either side. It is told the time with everything that
// happens.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/instant.h"

namespace livegate::turn {

// When the steps of one turn happened; absent where one did not.
struct Marks {
  std::optional<Instant> speech_ended;   // the last frame with speech was heard
  std::optional<Instant> decided;        // ... and that was known to have been the end
  std::optional<Instant> sent;           // last input for the model before its reply
  std::optional<Instant> first_content;  // of the reply
  std::optional<Instant> first_audio;    // of the reply
  std::optional<Instant> handed_on;      // ... and was given to the client; later if it was held
};

// Where the time of one turn went: what people compare. Absent where its step did not happen.
struct Latency {
  std::optional<Millis> first_packet;  // last audio sent upstream -> first content of the reply
  std::optional<Millis> end_to_end;    // end of speech -> first reply audio handed to the client
  std::optional<Millis> continuous;    // median gap between the reply's audio messages
  std::optional<Millis> decision;      // end of speech -> decided that it had ended
};

class TurnMachine {
 public:
  // ---- the person
  void speech_started();
  // `last_voiced`: when the last frame with speech was heard; `now`: when that was decided.
  void speech_ended(Instant last_voiced, Instant now);
  // Audio or text of the person left for the model.
  void sent_upstream(Instant now) { last_sent_ = now; }
  // The model was told that the person has finished, or was given something else to answer: content
  // from now on answers that.
  void reply_expected();
  // The person goes on speaking before the reply to what was said could be heard: content that
  // still comes of it is stale, and no turn, until another reply is expected.
  void reply_unwanted() { unwanted_ = true; }
  // The model was asked once more for what it owes, and may yet answer both times: once a reply is
  // whole, the next one is stale if it begins soon after and nothing else was said.
  void asked_again() { asked_twice_ = true; }

  // ---- the model
  struct Content {
    std::uint64_t turn;
    bool begins;  // the first content of this turn
  };
  // Something of a reply arrived. Nothing: it belongs to a reply that was cut off, and is to be
  // dropped.
  std::optional<Content> content(Instant arrived);
  // One audio message of the current reply is handed to the client.
  void audio_forwarded(Instant arrived, Instant now);
  // The model says that it was cut off. The turn whose audio the client must throw away: the
  // running one, or the last one, whose playback may still run. Nothing before the first reply,
  // and nothing where we cut it off ourselves and the client knows.
  std::optional<std::uint64_t> interrupted(Instant now);
  struct Finished {
    std::uint64_t turn;
    bool cut_off;
    Latency latency;
    Marks marks;
  };
  // The model says that its turn is over. Nothing if none was running (an empty turn).
  std::optional<Finished> completed(Instant now);

  // ---- the gateway
  // The client wants quiet, or the person speaks over the reply: what still arrives of it is
  // stale. The turn, if one runs; or the last one, if it is `still_playing` at the client.
  std::optional<std::uint64_t> interrupt_locally(bool still_playing = false);
  // The connection to the model is gone, and with it what was still to come of the running reply.
  // As completed(), and cut off unless it had `all_arrived`.
  std::optional<Finished> lost(bool all_arrived = false);

  // Until then a second answer to what the model was asked twice may begin, and is dropped. What
  // the model is asked before that takes its place.
  [[nodiscard]] std::optional<Instant> second_answer_until() const { return second_until_; }

  // The turn that content arriving now would belong to; also the one that the person is speaking
  // for.
  [[nodiscard]] std::uint64_t current_turn() const { return replying() ? turn_ : turn_ + 1; }
  [[nodiscard]] bool replying() const { return state_ != State::listening; }
  // The newest turn that the client knows of; 0 before the first.
  [[nodiscard]] std::uint64_t last_turn() const { return turn_; }
  // What comes now belongs to no turn, nor do its ends.
  [[nodiscard]] bool unwanted(Instant now) const;
  // A reply that belongs to no turn has begun, and its end has not come.
  [[nodiscard]] bool is_dropping() const { return dropped_at_.has_value(); }

 private:
  enum class State : std::uint8_t {
    listening,     // no reply
    replying,      // content flows to the client
    cut_by_model,  // `interrupted` was seen: what follows is stale until the turn ends
    cut_by_us,     // we did not wait for the model to notice: likewise
  };
  Finished finish(bool cut_off);
  [[nodiscard]] Latency latency();

  State state_ = State::listening;
  bool unwanted_ = false;                // the next content answers what was not all
  bool asked_twice_ = false;             // ... the next but one may answer what has been answered
  std::optional<Instant> second_until_;  // ... the next one may, if it begins by then
  std::optional<Instant> dropped_at_;    // the newest content of a reply that is no turn
  std::uint64_t turn_ = 0;
  std::uint64_t silenced_turn_ = 0;  // the last one that the client was told to throw away
  Instant interrupted_at_{};
  Marks unanswered_;  // of speech that the next reply will answer
  Marks marks_;       // of the running reply
  std::optional<Instant> last_sent_;
  std::optional<Instant> last_audio_;
  std::vector<Millis> gaps_;
};

}  // namespace livegate::turn
