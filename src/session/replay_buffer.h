// What a new connection to the model must be told: the input that is not answered, the conversation
// in words, and the tool calls at work.
//
// Keeps the three together, as one exchange settles them all. Decides which input a complete reply
// has answered, and which words of the person a model that was told again writes a second time.
// Leaves to ModelInput how any of it is said, and to its parts what is kept.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/gemini.h"
#include "session/tool_calls.h"
#include "session/transcript.h"
#include "session/unacknowledged_input.h"

namespace livegate::session {

class ReplayBuffer {
 public:
  UnacknowledgedInput input;
  Transcript transcript;
  ToolCalls tools;

  // A reply begins: it answers everything so far.
  void reply_began() {
    answers_until_here();
    transcript.reply_began();
  }
  // The running reply answers what was said until now, too.
  void answers_until_here() { answered_until_ = input.place(); }
  void forget_answered() { input.forget_until(answered_until_); }
  // The person says something new: what was answered before is not said again.
  void forget_settled() { input.forget_until(settled_until_); }
  // The reply in hand is all there, or all of it that is wanted.
  void settle();

  // The connection is gone, and with it what the model knew of its calls.
  void connection_lost() { tools.connection_lost(/*asks_again=*/!input.empty()); }
  // The same connection or the next one is told again what is not answered.
  void says_again() { known_words_ = transcript.unanswered().size(); }
  // What of the person's transcribed words is new, so is a line's.
  [[nodiscard]] proto::Transcription new_words(const proto::Transcription& words);

 private:
  std::uint64_t answered_until_ = 0;  // of `input`, once the running reply is complete
  std::uint64_t settled_until_ = 0;   // ... once the person says something new
  std::size_t known_words_ = 0;       // bytes of the person's transcript that come a second time
};

}  // namespace livegate::session
