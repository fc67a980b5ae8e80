// What the person says: begun, paused, gone on, ended, or over a reply.
//
// In mode `turns` an activity is opened with the first piece of speech that leaves, on whatever
// connection that is, and closed when the end of speech is announced. An end may be announced
// before it is final: until it is, the model's answer to it is held, and if the person goes on it
// is dropped unheard.
#include <algorithm>
#include <utility>

#include "audio/pcm.h"
#include "session/session.h"

namespace livegate::session {
namespace {

// What is shorter may be a cough, to which a model with a detector of its own says nothing.
constexpr Millis kSurelySpeech = 600ms;

}  // namespace

void Session::hear(std::span<const std::int16_t> samples, int rate_hz) {
  if (!uplink_->listens()) time_.said(now_);  // nobody knows what of it is speech
  ++counters_.frames_heard;
  counters_.audio += std::chrono::nanoseconds(1s) * samples.size() / rate_hz;
  last_audio_ = now_;
  if (is_spent()) return;
  uplink_->push(samples, rate_hz, now_,
                {.playing = playback_.is_playing(now_),
                 .played = playback_.played(now_),
                 .left = playback_.left(now_),
                 .first = playback_.is_first_reply()});
}

void Session::on_speech_started(Millis at) {
  time_.said(now_);
  turns_.speech_started();
  speech_began_ = at;
  journal_.forget_until(settled_until_);
  doctor_.not_owed();
  silence_cut_short_ = false;
  // What follows speech without an answer is part of the same question.
  if (journal_.empty()) spoke_for_ = 0ms;
  in_progress_ = remedied_ = false;  // a new question takes the place of the one at work
  // A reply of which nothing is audible yet answers what was not all.
  if (turn_taking_.cut_in) hush();
  face_->speech_started(at);
}

void Session::on_barge_in(turn::BargeInStep step) {
  switch (step) {
    case turn::BargeInStep::none:
      return;
    case turn::BargeInStep::duck:
      return face_->ducked(turns_.last_turn(), true);
    case turn::BargeInStep::restore:
      return face_->ducked(turns_.last_turn(), false);
    case turn::BargeInStep::stop:
      return hush();
  }
}

void Session::on_speech(std::span<const std::int16_t> samples) {
  // Where nobody here tells speech from silence, all of it may ask for an answer.
  if (!uplink_->listens()) turns_.reply_expected();
  const bool ready = may_send_speech();
  // Where everything is sent, silence need not be said again.
  const bool voiced =
      turn_taking_.mode != UplinkMode::open || !uplink_->listens() || uplink_->is_speaking();
  if (voiced || !ready) journal_.speech(samples, voiced, /*sent=*/ready);
  speech_waits_ |= !ready && link_.is_ready();
  if (!ready) return;
  counters_.samples_forwarded += samples.size();
  send_speech(samples);
}

// A model that waits for a tool takes no speech, and some of them end the connection over it: what
// is said meanwhile waits in the journal, within its bounds.
bool Session::model_hears() const {
  return link_.is_ready() && !holds_call_ && !tools_.any_open_of(blocking_functions_);
}

// What waits goes first, even within the event that ends the waiting.
bool Session::may_send_speech() const { return model_hears() && !speech_waits_; }

// Once the tool has answered: what waited, in its order.
void Session::send_held_speech() {
  if (!std::exchange(speech_waits_, false)) return;
  counters_.samples_dropped += journal_.dropped_samples();
  say_again(Again::unsent);
}

void Session::send_speech(std::span<const std::int16_t> samples) {
  begin_activity();
  const std::size_t mark = out_->mark();
  proto::append_realtime_audio(out_->arena(), samples, audio::kUplinkRateHz);
  meter_.sent_sound(samples.size());
  send_upstream(out_->since(mark), Carries::sound);
}

bool Session::on_speech_paused(Millis silent_for) {
  if (!activity_open_ || !may_send_speech() || !vain_.allows_one()) return false;
  announced_ = Announced{.at = now_, .speech_ended = now_ - silent_for};
  journal_.end_of_speech(/*sent=*/true);
  end_activity();
  doctor_.asked(now_, Input::spoken);
  return true;
}

void Session::on_speech_resumed() {
  announced_.reset();
  journal_.take_back_end();
  doctor_.not_owed();
  vain_.in_vain();
  ++counters_.ends_taken_back;
  turns_.reply_unwanted();
  hush();  // a reply that was too large to be held
  release_due_ = true;
}

void Session::on_speech_ended(Millis at, Millis silent_for) {
  time_.said(now_);
  vain_.turn_over();
  const auto announced = std::exchange(announced_, std::nullopt);
  if (announced) {
    turns_.speech_ended(announced->speech_ended, announced->at);
  } else {
    turns_.speech_ended(now_ - silent_for, now_);
  }
  face_->speech_ended(at);
  if (announced) {
    release_due_ = true;
    return;
  }
  const bool ready = may_send_speech();
  speech_waits_ |= !ready && link_.is_ready();
  journal_.end_of_speech(/*sent=*/ready);
  if (ready) end_activity();
  // By the audio and not by the clock: what was held up on its way comes all at once.
  spoke_for_ += at - *speech_began_ - silent_for;
  if (turn_taking_.mode == UplinkMode::turns) {
    const bool certain = !chooses_silence() || !cut_in_since(now_ - (at - *speech_began_));
    if (ready) doctor_.asked(now_, Input::spoken, certain);
  } else if (ready && reply_began_ >= now_ - silent_for) {
    // A model with a detector of its own did not wait for ours.
    answered_until_ = journal_.place();
    if (!replying_) journal_.forget_until(answered_until_);
  } else if (ready && turn_taking_.silence == 0ms) {
    ask_of_detector();
  }
}

// Speech stops a reply within so long of its beginning.
bool Session::cut_in_since(Instant speech_began) const {
  constexpr Millis kStopsWithin = 500ms;
  return interrupted_at_ && *interrupted_at_ >= speech_began - kStopsWithin;
}

// It may have heard nobody.
void Session::ask_of_detector() {
  if (spoke_for_ >= kSurelySpeech) doctor_.asked(now_, Input::spoken, /*certain=*/false);
}

bool Session::on_silence(std::span<const std::int16_t> samples) {
  if (!may_send_speech()) return false;
  const std::size_t mark = out_->mark();
  proto::append_realtime_audio(out_->arena(), samples, audio::kUplinkRateHz);
  meter_.sent_sound(samples.size());
  send_upstream(out_->since(mark), Carries::sound);
  return true;
}

// By now the model's own detector has ended the turn. The mark tells the others.
void Session::on_silence_over() {
  if (!may_send_speech()) return;
  const std::size_t mark = out_->mark();
  proto::append_audio_stream_end(out_->arena());
  send_upstream(out_->since(mark), Carries::nothing);
  if (!replying_ && !doctor_.treating() && !journal_.empty()) ask_of_detector();
}

void Session::on_speech_sent(std::span<const std::int16_t> samples) {
  journal_.speech(samples, /*voiced=*/true, /*sent=*/link_.is_ready());
}

void Session::begin_activity() {
  if (turn_taking_.mode != UplinkMode::turns || activity_open_) return;
  activity_open_ = true;
  if (interrupts_) {
    if (turns_.replying()) doctor_.interrupted(now_);
    turns_.reply_unwanted();
  }
  const std::size_t mark = out_->mark();
  proto::append_activity_start(out_->arena());
  send_upstream(out_->since(mark), Carries::nothing);
}

void Session::end_activity() {
  turns_.reply_expected();
  if (turn_taking_.mode == UplinkMode::open || turn_taking_.silence > 0ms) return;
  const std::size_t mark = out_->mark();
  if (turn_taking_.mode == UplinkMode::turns) {
    if (!std::exchange(activity_open_, false)) return;
    proto::append_activity_end(out_->arena());
  } else {
    // The model would wait in vain for the silence that we no longer send.
    proto::append_audio_stream_end(out_->arena());
  }
  send_upstream(out_->since(mark));
}

// The end of speech that is said again: what the microphone sent behind it is not kept.
void Session::end_by_silence() {
  end_activity();
  Millis silence = turn_taking_.silence;
  // Where all is sent no mark was sent either: a microphone that goes on takes the silence's place.
  // And a mark that has brought no answer may end nothing.
  const bool doubted = turn_taking_.mode == UplinkMode::gate && doctor_.treating();
  if (turn_taking_.mode == UplinkMode::open || doubted) {
    silence = silence_that_ends(setup_, profile_);
  }
  if (silence > 0ms) uplink_->owe_silence(silence);
}

// Messages that were held take effect now; whether their content counts is settled elsewhere.
void Session::take_held_reply() {
  released_ = held_reply_.take();
  holds_call_ = false;
  for (const HeldReply::Message& message : released_) {
    if (!codecs_.gemini.decode_server(message.text.text(), codecs_.server_message)) continue;
    arrived_ = message.arrived;
    on_reply(codecs_.server_message, message.text.text());
  }
  arrived_.reset();
}

void Session::hush() {
  const auto turn = turns_.interrupt_locally(playback_.is_playing(now_));
  if (!turn) return;
  ++counters_.interruptions;
  tell_interrupted(*turn, InterruptedBy::gateway);
}

void Session::tell_interrupted(std::uint64_t turn, InterruptedBy by) {
  interrupted_at_ = now_;
  playback_.flushed(now_);
  transcript_.model_was_heard(playback_.heard_words(now_));
  on_answered();
  // Also where the reply had broken off with its connection: nobody wants it again.
  journal_.forget_until(answered_until_);
  if (auto* const reference = uplink_->reference()) reference->flush();
  face_->interrupted(turn, by, playback_.played(now_), playback_.heard_words(now_));
  if (by == InterruptedBy::gateway && config_.tell_heard) tell_heard();
}

// A model that writes a reply faster than it is played believes that all of it was heard.
void Session::tell_heard() {
  const std::string words = playback_.heard_words(now_);
  const std::size_t mark = out_->mark();
  proto::append_client_text(out_->arena(), "user",
                            words.empty()
                                ? "(None of your last answer was heard.)"
                                : "(Of your last answer only this was heard: " + words + ")",
                            /*turn_complete=*/false);
  tell_model(out_->since(mark), Asks::nothing);
}

void Session::reply_audio(std::span<const std::int16_t> samples) {
  check_.audio(samples);
  auto* const reference = uplink_->reference();
  if (reference == nullptr) return;
  reference->reference(samples, now_);
  counters_.echo_frames_dropped = reference->dropped_frames();
}

void Session::heard(std::int64_t samples) {
  // A report can be late, never wrong by more than what was sent; the newest counts.
  playback_.reported(samples, now_);
  counters_.samples_played = playback_.reported_samples();
  if (auto* const reference = uplink_ ? uplink_->reference() : nullptr;
      reference && playback_.is_playing(now_)) {
    reference->played(playback_.played_samples(now_), now_);
  }
}

}  // namespace livegate::session
