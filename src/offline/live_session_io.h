// What goes into the offline assistant's session and what comes out of it. All of it is values: the
// shell (offline_server.cc) owns sockets, decoders, voices and the clock, and carries actions out
// in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "base/padded_text.h"
#include "speech/recognizer.h"

namespace livegate::offline {

// ---- events

// One whole frame from the client, text or binary alike. Read during the call only.
struct ClientText {
  PaddedText message;
};
// The answer to Recognize; nothing if the decoders were too busy to take the utterance.
struct RecognitionDone {
  std::uint64_t utterance = 0;
  std::optional<speech::Recognition> recognition;
};
// One sentence of a Speak, in order. `samples`: mono s16 at 24 kHz. `last`: no more of this speech.
struct SentenceSpoken {
  std::uint64_t speech = 0;
  std::string text;
  std::vector<std::int16_t> samples;
  bool last = false;
};
struct Pinged {  // a ping frame; the payload is to come back in the pong
  std::string payload;
};
struct ClientGone {};  // the socket is closed, whoever began
struct Tick {};        // a deadline may have passed
using LiveEvent =
    std::variant<ClientText, RecognitionDone, SentenceSpoken, Pinged, ClientGone, Tick>;

// ---- actions
struct Send {
  std::string bytes;  // one whole JSON message, to leave as a BINARY frame: what the service does
};
struct Close {
  std::uint16_t code = 1007;
  std::string reason;  // at most limits::kCloseReasonBytesMax bytes
};
struct Drop {};  // the connection ends without a close frame
struct Pong {
  std::string payload;
};
// From here on utterances are decoded against this JSGF grammar. It comes before the first
// Recognize.
struct UseGrammar {
  std::string jsgf;
};
struct Recognize {
  std::uint64_t utterance = 0;
  std::vector<std::int16_t>
      samples;  // mono s16, 16 kHz, a whole utterance with quiet on either side
};
struct Speak {
  std::uint64_t speech = 0;
  std::string text;
};
struct CancelSpeech {
  std::uint64_t speech = 0;  // its sentences are ignored from here on
};
using LiveAction =
    std::variant<Send, Close, Drop, Pong, UseGrammar, Recognize, Speak, CancelSpeech>;
using LiveActions = std::vector<LiveAction>;

enum class LiveDeadlineReason : std::uint8_t {
  setup_due,      // the client connected and never said what it wants
  audio_due,      // the next piece of a reply may leave
  playback_over,  // the reply has been heard to its end: turnComplete
  audio_gap,      // the microphone fell silent in mid-speech, where the model takes that for an end
  setup_ready,    // setupComplete may leave
  reply_due,      // the model has thought for long enough
  gap_over,       // the answer after a holding line, or another such line
  handle_due,     // a resumption handle that nobody asked for
  go_away_due,
  connection_over,
  pong_due,
};
struct LiveDeadline {
  Instant at;
  LiveDeadlineReason reason;
};

[[nodiscard]] inline std::optional<LiveDeadline> earlier(std::optional<LiveDeadline> a,
                                                         std::optional<LiveDeadline> b) {
  if (!a || !b) return a ? a : b;
  return b->at < a->at ? b : a;
}

}  // namespace livegate::offline
