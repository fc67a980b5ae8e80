// What of the current reply the client has played, by its reports and by the clock between them.
//
// Decides how far the playing has come, whether anything is still to be heard, and which words of
// the reply have been. Leaves to others what follows from it. A client that never reports is taken
// to play in real time from the first audio on. Samples are those of the downlink, 24 kHz.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace livegate::session {

class Playback {
 public:
  Playback();
  // A new reply: what was left of the one before is played or thrown away by now.
  void begin_reply();
  // Audio of the reply was handed on to the client at `now`.
  void sent(std::int64_t samples, Instant now);
  // A piece of the reply's transcript. Above limits::kHeardTextBytesMax in one reply the rest is
  // not kept.
  void sent_words(std::string_view text);
  // The model has sent all of it.
  void complete();
  // The client's report: what was audible of all replies together, which never falls.
  void reported(std::int64_t samples_of_all, Instant now);
  // Nobody reports any more: whatever was not reported counts as unheard, until somebody does
  // again.
  void listener_left(Instant now) { left_at_ = now; }
  void listener_returned(Instant now);
  // The client was told to throw away what it has not played.
  void flushed(Instant now);

  // Something of the reply is audible, or will be.
  [[nodiscard]] bool is_playing(Instant now) const;
  // When the audio sent so far will have been played; not before `now`.
  [[nodiscard]] Instant plays_until(Instant now) const;
  // Of the current reply, so far.
  [[nodiscard]] std::int64_t played_samples(Instant now) const;
  [[nodiscard]] Millis played(Instant now) const;
  // To the reply's end; nothing while the model may still add to it.
  [[nodiscard]] std::optional<Millis> left(Instant now) const;
  // The words that have been heard: as much of the transcript as of the audio. Transcripts run
  // ahead of their audio or behind it, so where a piece arrived says little. While the reply is
  // not complete, its length is guessed from its words.
  [[nodiscard]] std::string heard_words(Instant now) const;
  [[nodiscard]] bool is_first_reply() const { return replies_ <= 1; }
  // As last reported; of all replies.
  [[nodiscard]] std::int64_t reported_samples() const { return reported_; }

 private:
  int replies_ = 0;
  bool complete_ = false;
  bool flushed_ = false;
  std::int64_t sent_ = 0;    // of this reply
  std::int64_t before_ = 0;  // what the client had played when this reply began
  std::int64_t reported_ = 0;
  std::int64_t played_at_flush_ = 0;
  std::optional<Instant> reported_at_;  // a report that covers this reply
  std::optional<Instant> first_sent_;
  std::optional<Instant> left_at_;  // while nobody listens
  std::string words_;
  double samples_per_byte_;  // of speech, by the newest complete reply
};

}  // namespace livegate::session
