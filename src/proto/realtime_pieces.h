// A message of the Live API's wire that holds minutes of sound, as many that hold a moment each.
//
// Decides where a large realtimeInput is cut: the pieces, taken one after the other, say what the
// whole would have said, so that whoever takes them can do other work in between. Leaves to its
// owner which messages are worth it, and when the next piece is taken.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/padded_text.h"
#include "proto/gemini.h"

namespace livegate::proto {

class RealtimePieces {
 public:
  // Takes a copy of `message`. False, and nothing is kept, of one that is not to be cut: it is no
  // realtimeInput, holds little sound, or is none that a decoder takes. `decoder` and `scratch` are
  // free again behind it.
  [[nodiscard]] bool begin(PaddedText message, GeminiDecoder& decoder, ClientMessage& scratch);

  [[nodiscard]] bool has_more() const { return next_ < audio_.size() || !rest_.empty(); }
  // A whole message, valid until the next call of anything here.
  [[nodiscard]] PaddedText next();
  // Gives all memory back.
  void clear();

 private:
  struct Audio {
    std::string mime_type;
    std::string_view base64;  // of message_, or of unescaped_
  };

  PaddedString message_;
  std::deque<std::string> unescaped_;
  std::vector<Audio> audio_;
  std::size_t next_ = 0;    // of audio_
  std::size_t offset_ = 0;  // of its base64
  std::string rest_;        // what is in the message beside sound, as a message
  std::string text_;
  PaddedString piece_;
};

}  // namespace livegate::proto
