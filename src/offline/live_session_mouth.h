// The speaking half of the offline assistant: one turn's speech in, audio messages out at the pace
// of the model that is played: a short first piece, then longer ones, faster than they play or as
// fast, so that a person who cuts in finds most of a reply unsent. Decides when a piece may leave
// and which words go with it; leaves to others what is said and what an interruption means. Keeps
// count of when playback ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audio/pcm.h"
#include "base/instant.h"

namespace livegate::offline {

struct MouthOptions {
  // Sizes seen in recordings of the service: 9600 bytes (200 ms), then 11520 (240 ms).
  std::size_t first_piece_samples = 4800;
  std::size_t piece_samples = 5760;
  double send_speed = 4;  // times real time: a 10.6 s reply was seen to leave within 2.9 s
  // A pause that a listener hears: nothing leaves until that long after what was sent has played.
  std::size_t pause_after_samples = 0;  // 0: none
  Millis pause{0};
  std::size_t words_ahead_samples = 0;  // words leave so long before the sound that says them
  bool words_first = false;             // ... all of them before any sound
  bool inaudible = false;               // near zero, in full length
};

class Mouth {
 public:
  explicit Mouth(const MouthOptions& options = {}) : options_(options) {}

  // Queues one sentence of this turn: mono s16 at 24 kHz. False, and nothing is queued, past
  // limits::kOfflineReplyMax.
  bool say(std::string_view text, std::span<const std::int16_t> samples);

  // Nothing follows for now: what is queued may leave although it does not fill a piece.
  void end_speech() { flush_ = true; }

  // When the next piece may leave; nothing while there is none.
  [[nodiscard]] std::optional<Instant> next_at() const;

  struct Piece {
    std::span<const std::int16_t> samples;  // valid until the next call of say()
    std::string
        text;  // the words that begin within it; concatenated, the pieces' texts are the sentences
  };
  // The next piece, if it is due at `now`.
  std::optional<Piece> take(Instant now);

  [[nodiscard]] bool empty() const { return taken_ == samples_.size(); }
  // When all that was taken so far has been played, by a client that played each piece as it came.
  [[nodiscard]] Instant playing_until() const { return playing_until_; }
  [[nodiscard]] std::size_t taken_samples() const { return taken_; }

 private:
  [[nodiscard]] std::size_t wanted() const {
    return taken_ == 0 ? options_.first_piece_samples : options_.piece_samples;
  }

  struct Word {
    std::string text;
    std::size_t at;  // the sample of this turn at which it begins, taking words as equally long
  };

  MouthOptions options_;
  std::vector<std::int16_t> samples_;  // of this turn, taken ones included
  std::deque<Word> words_;
  std::size_t taken_ = 0;
  bool flush_ = false;
  bool spoke_words_ = false;
  std::optional<Instant> due_;
  Instant playing_until_{};
};

}  // namespace livegate::offline
