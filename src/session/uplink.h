// The person's audio on its way to the model: any client rate in, speech in 16 kHz pieces out.
//
// Decides what of the stream is speech worth sending, with how much of what came before it, when
// it has ended, and that sound over a playing reply is nobody's until it is a barge-in. Leaves to
// the session where the pieces go and what is said about them. Speech is timed in samples; the
// instants it is given only place the microphone beside the reply that plays.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/ear.h"
#include "audio/framer.h"
#include "audio/preroll.h"
#include "audio/resampler.h"
#include "session/barge_in_watch.h"
#include "session/hearing_tap.h"
#include "session/session_config.h"
#include "turn/endpointer.h"

namespace livegate::session {

class Uplink {
 public:
  // Told, in order, what the stream turned out to hold.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_speech_started(Millis at) = 0;  // ms of audio since the beginning
    virtual void on_speech(std::span<const std::int16_t> samples) = 0;  // mono, 16 kHz
    // An early end, after a silence of `silent_for`. True takes it: audio is kept back until the
    // speech either goes on or has ended for good.
    virtual bool on_speech_paused(Millis silent_for) = 0;
    virtual void on_speech_resumed() = 0;  // of a pause that was taken; what was kept back follows
    // `silent_for`: silence since the last voiced block.
    virtual void on_speech_ended(Millis at, Millis silent_for) = 0;
    // Mode `gate`: silence behind the speech, for a model whose own detector waits for it; and that
    // there has been enough of it. False: the model cannot be sent any, and no more is offered.
    virtual bool on_silence(std::span<const std::int16_t> samples) = 0;
    virtual void on_silence_over() = 0;
    // The beginning of speech that has gone out with that silence, as nobody knew it yet.
    virtual void on_speech_sent(std::span<const std::int16_t> samples) = 0;
    // Over a playing reply: duck, restore or stop. A speech_started follows a stop at once, or as
    // soon as there is enough of it.
    virtual void on_barge_in(turn::BargeInStep step) = 0;
  };

  // `listens` false forwards everything and tells nothing: the client marks its own activity.
  Uplink(const UplinkOptions& options, bool listens, Listener& listener);

  // Mono s16 at `rate_hz`, 8000..48000 (LIVEGATE_CHECK), which arrived at `now`. A change of rate
  // begins a new stream. `reply`: what plays meanwhile.
  void push(std::span<const std::int16_t> samples, int rate_hz, Instant now,
            const turn::PlayingReply& reply);

  // The stream pauses here: what is held is sent, speech ends.
  void end_stream();

  // Sends the piece being collected, however short.
  void flush();

  // Silence that the model still waits for: it is taken from the microphone, or, where that stands
  // still, from here. `silence` of it from now on; zero: none.
  void owe_silence(Millis silence);
  void set_silence(Millis silence) { options_.silence = silence; }  // UplinkOptions::silence
  [[nodiscard]] bool owes_silence() const { return silence_left_ > 0; }
  void fill_silence(Millis time);
  // What went out as silence went to a connection that is gone: it counts as unsent.
  void connection_lost();

  // Another reply begins: whatever was heard of the last one is settled.
  void begin_reply() {
    if (watch_) watch_->begin_reply();
  }
  // Where its audio is announced, as the microphone may hear it; nothing where nobody asks.
  [[nodiscard]] audio::EchoGuard* reference() { return watch_ ? watch_->reference() : nullptr; }

  [[nodiscard]] bool listens() const { return ear_ != nullptr; }
  [[nodiscard]] bool is_speaking() const { return speaking_; }  // started was told, ended was not
  [[nodiscard]] std::uint64_t samples_heard() const { return samples_heard_; }  // at 16 kHz

 private:
  void frame(std::span<const std::int16_t> samples, Instant now, const turn::PlayingReply& reply);
  void block(std::span<const std::int16_t> samples);
  void begin();
  void go_on(turn::SpeechStep step);
  void collect(std::span<const std::int16_t> samples);
  void follow(std::span<const std::int16_t> samples);
  [[nodiscard]] std::size_t worth_keeping() const;
  [[nodiscard]] Millis now_ms() const;

  UplinkOptions options_;
  Listener& listener_;
  std::size_t packet_samples_;
  int rate_hz_ = 0;
  std::optional<audio::Resampler> resampler_;
  std::unique_ptr<audio::Ear> ear_;  // null: everything passes
  turn::Endpointer endpointer_;
  std::optional<BargeInWatch> watch_;
  audio::Preroll preroll_;
  audio::Framer framer_;      // 10 ms
  audio::Framer ear_framer_;  // the ear's blocks, of what it is to hear
  float speech_ = 0;          // its newest answer
  Millis begun_for_{};        // since the endpointer's `began`
  bool stopped_ = false;      // the playing reply was cut into
  bool speaking_ = false;
  bool keeping_back_ = false;
  std::vector<std::int16_t> kept_back_;  // during a pause that was taken
  std::vector<std::int16_t> resampled_;
  std::vector<std::int16_t> packet_;
  std::size_t silence_left_ = 0;    // samples, behind the speech
  std::uint64_t silence_sent_ = 0;  // the microphone up to here went out as silence
  std::uint64_t samples_heard_ = 0;
};

}  // namespace livegate::session
