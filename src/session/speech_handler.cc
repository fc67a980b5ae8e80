#include "session/speech_handler.h"

namespace livegate::session {
namespace {

// What is shorter may be a cough, to which a model with a detector of its own says nothing.
constexpr Millis kSurelySpeech = 600ms;

// Speech stops a reply within so long of its beginning.
constexpr Millis kStopsWithin = 500ms;

}  // namespace

SpeechHandler::SpeechHandler(SessionState& state, ClientChannel& client, ModelConnection& model,
                             SpeechInput& speech, ReplyHandler& replies)
    : state_(state),
      context_(state.context),
      exchange_(state.exchange),
      replay_(state.replay),
      speculative_end_(state.speculative_end),
      client_(client),
      model_(model),
      speech_(speech),
      replies_(replies) {}

void SpeechHandler::on_speech_started(Millis at) {
  state_.said_something();
  exchange_.turns.speech_started();
  speech_began_ = at;
  replay_.forget_settled();
  exchange_.watchdog.disarm();
  speech_.speech_began();
  // What follows speech without an answer is part of the same question.
  if (replay_.input.empty()) speech_.spoke_for = 0ms;
  exchange_.begin_question();
  // A reply of which nothing is audible yet answers what was not all.
  if (context_.turn_taking.cut_in) replies_.interrupt();
  client_.tell(notice::SpeechStarted{at});
}

void SpeechHandler::on_barge_in(turn::BargeInStep step) {
  switch (step) {
    case turn::BargeInStep::none:
      return;
    case turn::BargeInStep::duck:
    case turn::BargeInStep::restore:
      client_.tell(notice::Ducked{exchange_.turns.last_turn(), step == turn::BargeInStep::duck});
      return;
    case turn::BargeInStep::stop:
      return replies_.interrupt();
  }
}

void SpeechHandler::on_speech(std::span<const std::int16_t> samples) {
  const Uplink& uplink = speech_.uplink();
  // Where nobody here tells speech from silence, all of it may ask for an answer.
  if (!uplink.listens()) exchange_.turns.reply_expected();
  const bool sent = speech_.send_or_wait();
  // Where everything is sent, silence need not be said again.
  const bool voiced =
      context_.turn_taking.mode != UplinkMode::open || !uplink.listens() || uplink.is_speaking();
  if (voiced || !sent) replay_.input.speech(samples, voiced, sent);
  if (!sent) return;
  context_.counters.samples_forwarded += samples.size();
  speech_.send(samples);
}

bool SpeechHandler::on_speech_paused(Millis silent_for) {
  if (!speech_.is_activity_open() || !speech_.may_send() || !speculative_end_.may_announce()) {
    return false;
  }
  speculative_end_.announce({.at = context_.now, .speech_ended = context_.now - silent_for});
  replay_.input.end_of_speech(/*sent=*/true);
  speech_.end_activity();
  exchange_.watchdog.asked(context_.now, Input::spoken);
  return true;
}

void SpeechHandler::on_speech_resumed() {
  speculative_end_.retract();
  replay_.input.retract_end();
  exchange_.watchdog.disarm();
  ++context_.counters.ends_retracted;
  exchange_.turns.reply_unwanted();
  replies_.interrupt();  // a reply that was too large to be held
}

void SpeechHandler::on_speech_ended(Millis at, Millis silent_for) {
  state_.said_something();
  const Instant now = context_.now;
  const auto announced = speculative_end_.confirm();
  if (announced) {
    exchange_.turns.speech_ended(announced->speech_ended, announced->at);
  } else {
    exchange_.turns.speech_ended(now - silent_for, now);
  }
  client_.tell(notice::SpeechEnded{at});
  if (announced) return;
  const bool sent = speech_.send_or_wait();
  replay_.input.end_of_speech(sent);
  if (sent) speech_.end_activity();
  // By the audio and not by the clock: what was held up on its way comes all at once.
  speech_.spoke_for += at - *speech_began_ - silent_for;
  if (!sent) return;
  if (context_.turn_taking.mode == UplinkMode::turns) {
    // What stops a reply may be meant for nothing else, and some models answer it by silence.
    const bool certain = !replies_.chooses_silence() || !cut_in_since(now - (at - *speech_began_));
    exchange_.watchdog.asked(now, Input::spoken, certain);
  } else if (exchange_.reply.began >= now - silent_for) {
    // A model with a detector of its own did not wait for ours.
    replay_.answers_until_here();
    if (!exchange_.replying) replay_.forget_answered();
  } else if (context_.turn_taking.silence == 0ms) {
    ask_of_detector();
  }
}

bool SpeechHandler::cut_in_since(Instant speech_began) const {
  return exchange_.interrupted && *exchange_.interrupted >= speech_began - kStopsWithin;
}

// The model's own detector may have heard nobody.
void SpeechHandler::ask_of_detector() {
  if (speech_.spoke_for >= kSurelySpeech) {
    exchange_.watchdog.asked(context_.now, Input::spoken, /*certain=*/false);
  }
}

bool SpeechHandler::on_silence(std::span<const std::int16_t> samples) {
  if (!speech_.may_send()) return false;
  model_.send_sound(samples);
  return true;
}

// By now the model's own detector has ended the turn. The mark tells the others.
void SpeechHandler::on_silence_over() {
  if (!speech_.may_send()) return;
  model_.send(model::AudioStreamEnd{}, Carries::nothing);
  const bool waits = !exchange_.replying && !exchange_.watchdog.recovering();
  if (waits && !replay_.input.empty()) ask_of_detector();
}

void SpeechHandler::on_speech_sent(std::span<const std::int16_t> samples) {
  replay_.input.speech(samples, /*voiced=*/true, /*sent=*/model_.is_ready());
}

}  // namespace livegate::session
