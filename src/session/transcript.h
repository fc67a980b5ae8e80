// The conversation in words: what a model that has forgotten it can be told.
//
// Decides which lines are kept (limits::kTranscriptBytesMax, the oldest go) and which of them the
// model's own memory holds already: everything up to the newest checkpoint. Leaves to the session
// how lines are put to the model. Of a reply that was cut off only what was heard is a line.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "proto/gemini.h"

namespace livegate::session {

class Transcript {
 public:
  // Of what was said before the conversation began.
  void history(bool by_person, std::string_view text) { add(by_person, std::string(text)); }
  // What was written, by whomever: a line as it is, once the exchange that it belongs to is over.
  void line(bool by_person, std::string_view text);
  // A reply begins, to every line so far.
  void reply_began() { asked_ = waiting_.size(); }
  // Fragments of what is being said; concatenated as they are.
  void person(std::string_view fragment) { append(person_, fragment); }
  void model(std::string_view fragment) { append(model_, fragment); }
  // The exchange is over: the person's words and the model's become lines.
  void exchange_over();
  // Of the newest reply only this was heard.
  void model_was_heard(std::string_view words);
  // The connection that was to answer is gone: what it said is no line, what it was told is.
  void reply_lost() { model_.clear(), asked_ = 0; }
  // What waits for an answer was refused, or some of it: it is no line and never will be.
  void unanswered_refused();

  // The model's memory, as a handle to it was given, holds every line so far.
  void checkpoint() { covered_ = lines_.size(); }
  [[nodiscard]] bool is_covered() const { return covered_ == lines_.size(); }

  // The spoken words of the person that wait for an answer.
  [[nodiscard]] const std::string& unanswered() const { return person_; }
  // Views of this object, until it changes. `all`: also what a checkpoint covers.
  [[nodiscard]] std::vector<proto::ContentLine> lines(bool all) const;

 private:
  struct Line {
    bool by_person;
    std::string text;
  };
  static void append(std::string& to, std::string_view fragment);
  void add(bool by_person, std::string text);

  std::deque<Line> lines_;
  std::size_t covered_ = 0;  // so many of them
  std::size_t bytes_ = 0;
  std::deque<Line> waiting_;  // written, of exchanges that are not over
  std::size_t asked_ = 0;     // so many of them belong to the reply in hand
  std::size_t waiting_bytes_ = 0;
  std::string person_, model_;
  bool model_spoke_last_ = false;  // the newest line is its reply, which may still sound
};

}  // namespace livegate::session
