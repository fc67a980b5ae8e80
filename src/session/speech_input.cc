#include "session/speech_input.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace livegate::session {
namespace {

// A microphone that sends nothing for so long has stopped: packets come every 20 to 250 ms.
constexpr Millis kMicrophoneStands = 300ms;
constexpr Millis kSilencePiece = 100ms;

}  // namespace

SpeechInput::SpeechInput(SessionState& state, ModelConnection& model)
    : context_(state.context),
      exchange_(state.exchange),
      speculative_end_(state.speculative_end),
      replay_(state.replay),
      state_(state),
      model_(model) {}

void SpeechInput::open(Uplink::Listener& listener) {
  UplinkOptions options = context_.config.uplink;
  options.mode = context_.turn_taking.mode;
  options.silence = context_.turn_taking.silence;
  options.cut_in = context_.turn_taking.cut_in;
  uplink_ = std::make_unique<Uplink>(options, context_.turn_taking.listens, listener);
}

// ---- from the client

void SpeechInput::hear(std::span<const std::int16_t> samples, int rate_hz) {
  if (!uplink_->listens()) state_.said_something();  // nobody knows what of it is speech
  ++context_.counters.frames_heard;
  context_.counters.audio += std::chrono::nanoseconds(1s) * samples.size() / rate_hz;
  last_audio_ = context_.now;
  if (state_.spending.is_spent()) return;
  const Playback& playback = exchange_.playback;
  uplink_->push(samples, rate_hz, context_.now,
                {.playing = playback.is_playing(context_.now),
                 .played = playback.played(context_.now),
                 .left = playback.left(context_.now),
                 .first = playback.is_first_reply()});
}

bool SpeechInput::pause() {
  uplink_->end_stream();
  // The client's own mark ends the turn where the model honours it: no silence need pass first.
  silence_cut_short_ = context_.profile.stream_end_ends_turn &&
                       context_.turn_taking.silence > 0ms && uplink_->owes_silence();
  if (silence_cut_short_) uplink_->owe_silence(Millis(0));
  // Where nobody listens this is all that is known of an end.
  if (!uplink_->listens()) replay_.input.end_of_speech(/*sent=*/may_send());
  return context_.turn_taking.mode == UplinkMode::open && !uplink_->owes_silence();
}

bool SpeechInput::begin_marked_activity() {
  return std::exchange(marked_activity_, MarkedActivity::open) != MarkedActivity::may_be_over;
}

void SpeechInput::client_returned() {
  if (marked_activity_ != MarkedActivity::open) return;
  marked_activity_ = MarkedActivity::may_be_over;
  last_audio_ = context_.now;
}

// A client that has come back in mid-activity and then sends no audio has said its end to the
// connection that broke.
std::optional<Instant> SpeechInput::marked_end_due(bool client_away) const {
  if (marked_activity_ != MarkedActivity::may_be_over || client_away) return std::nullopt;
  return *last_audio_ + limits::kAudioGapMax;
}

// ---- to the model

// A model that waits for a tool takes no speech, and some of them end the connection over it: what
// is said meanwhile waits, within its bounds.
bool SpeechInput::model_hears() const {
  return model_.is_ready() && !speculative_end_.holds_call() &&
         !replay_.tools.any_open_of(model_.blocking_functions());
}

// What waits goes first, even within the event that ends the waiting.
bool SpeechInput::send_or_wait() {
  const bool now = may_send();
  waits_ |= !now && model_.is_ready();
  return now;
}

bool SpeechInput::take_waiting() { return waits_ && model_hears() && std::exchange(waits_, false); }

void SpeechInput::send(std::span<const std::int16_t> samples) {
  begin_activity();
  model_.send_sound(samples);
}

void SpeechInput::begin_activity() {
  if (context_.turn_taking.mode != UplinkMode::turns || activity_open_) return;
  activity_open_ = true;
  if (model_.setup().activity_handling == proto::ActivityHandling::interrupts) {
    if (exchange_.turns.replying()) exchange_.watchdog.interrupted(context_.now);
    exchange_.turns.reply_unwanted();
  }
  model_.send(model::ActivityStart{}, Carries::nothing);
}

void SpeechInput::end_activity() {
  exchange_.turns.reply_expected();
  const TurnTaking& turn_taking = context_.turn_taking;
  if (turn_taking.mode == UplinkMode::open || turn_taking.silence > 0ms) return;
  if (turn_taking.mode == UplinkMode::turns) {
    if (std::exchange(activity_open_, false)) model_.send(model::ActivityEnd{});
    return;
  }
  // The model would wait for the silence that we no longer send.
  model_.send(model::AudioStreamEnd{});
}

void SpeechInput::end_again() {
  end_activity();
  Millis silence = context_.turn_taking.silence;
  // Where all is sent no mark was sent either: a microphone that continues takes the silence's
  // place. And a mark that has brought no answer may end nothing.
  const UplinkMode mode = context_.turn_taking.mode;
  const bool doubted = mode == UplinkMode::gate && exchange_.watchdog.recovering();
  if (mode == UplinkMode::open || doubted) {
    silence = silence_that_ends(model_.setup(), context_.profile);
  }
  if (silence > 0ms) uplink_->owe_silence(silence);
}

void SpeechInput::connection_lost() {
  if (uplink_) uplink_->connection_lost();
  activity_open_ = false;
}

// ---- time

std::optional<Instant> SpeechInput::gap_due() const {
  if (!last_audio_ || !is_speaking()) return std::nullopt;
  return *last_audio_ + limits::kAudioGapMax;
}

// The microphone stands still, and the model waits for silence: it gets some, as time goes by.
std::optional<Instant> SpeechInput::silence_due() const {
  if (!uplink_ || !uplink_->owes_silence()) return std::nullopt;
  return std::max(last_audio_.value_or(context_.began) + kMicrophoneStands,
                  silence_sent_ + kSilencePiece);
}

std::optional<Instant> SpeechInput::next_deadline() const {
  const auto gap = gap_due(), silence = silence_due();
  return gap && silence ? std::min(*gap, *silence) : gap ? gap : silence;
}

void SpeechInput::on_tick() {
  if (const auto due = gap_due(); due && context_.now >= *due) uplink_->end_stream();
  if (const auto due = silence_due(); due && context_.now >= *due) {
    silence_sent_ = context_.now;
    uplink_->fill_silence(kSilencePiece);
  }
}

}  // namespace livegate::session
