// `livegate talk`: holds a conversation through a gateway without a microphone. Says a recording,
// or a sentence in a synthetic voice, answers the tool calls of a small simulated home, and shows
// what was understood, what was answered and how long each part took.
#pragma once

#include <ostream>
#include <string>

#include "base/redacted.h"

namespace livegate::cli {

struct TalkOptions {
  // Exactly one of the two says what the person says.
  std::string wav_file;  // any file that libsndfile reads; several utterances make several turns
  std::string say_text;  // spoken by the synthetic voice rms
  std::string url = "ws://127.0.0.1:8080/v1/live";  // no path: /v1/live
  Redacted token;                                   // the user's, where the gateway asks for one
  std::string
      ca_file;  // PEM, for a wss gateway with a certificate of one's own; empty: the system's
  std::string reply_file;      // WAV to write the replies to, 24 kHz; empty: none
  bool json = false;           // every event as the gateway sent it, a line each, instead of text
  bool quiet = false;          // print nothing but what went wrong
  double tail_seconds = 20.0;  // how long to be silent and wait for an answer after the recording
};

// Returns 0 when a turn was completed with audio; otherwise 1, with one sentence on `err`. Takes as
// long as the recording and the answer. Transcripts go to `out` alone.
int run_talk(const TalkOptions& options, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
