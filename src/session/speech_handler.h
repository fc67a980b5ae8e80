// What the person's speech means: begun, paused, continued, ended, or over a reply.
//
// Decides what a beginning and an end of speech settle, when an end is announced before it is
// final, and what of the speech is kept for a lost answer. In mode `turns` an activity is opened
// with the first piece of speech that leaves, on whatever connection that is, and closed when the
// end of speech is announced. Leaves to Uplink what is speech, to SpeechInput how it is sent.
#pragma once

#include <optional>
#include <span>

#include "session/reply_handler.h"

namespace livegate::session {

class SpeechHandler final : public Uplink::Listener {
 public:
  // All outlive it.
  SpeechHandler(SessionState& state, ClientChannel& client, ModelConnection& model,
                SpeechInput& speech, ReplyHandler& replies);

  void on_speech_started(Millis at) override;
  void on_speech(std::span<const std::int16_t> samples) override;
  bool on_speech_paused(Millis silent_for) override;
  void on_speech_resumed() override;
  void on_speech_ended(Millis at, Millis silent_for) override;
  bool on_silence(std::span<const std::int16_t> samples) override;
  void on_silence_over() override;
  void on_speech_sent(std::span<const std::int16_t> samples) override;
  void on_barge_in(turn::BargeInStep step) override;

 private:
  void ask_of_detector();
  [[nodiscard]] bool cut_in_since(Instant speech_began) const;

  SessionState& state_;
  SessionContext& context_;
  Exchange& exchange_;
  ReplayBuffer& replay_;
  SpeculativeEnd& speculative_end_;
  ClientChannel& client_;
  ModelConnection& model_;
  SpeechInput& speech_;
  ReplyHandler& replies_;
  std::optional<Millis> speech_began_;  // in the client's audio
};

}  // namespace livegate::session
