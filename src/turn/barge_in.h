// Whether the person cuts in on a reply: turn it down at once, stop it, or let it come back.
//
// Decides from what the microphone is said to hold while a reply plays; a pure function of what is
// pushed. Leaves to others how speech is detected, how far the microphone lies above the reply's
// own echo (audio/echo_guard.h), and how client and model are told. docs/turn-taking.md has the
// measurements behind the defaults.
//
// Two steps. The first sound that may be somebody's and is no echo turns the reply down (duck):
// wrong now and then, and cheap, as the reply comes back (restore). Speech that lasts stops it
// (stop): that is not to be taken back. At both ends of a reply, where people say "mhm", cough or
// breathe in, and at the beginning of the first reply, when the echo is not known yet, it takes
// more.
//
// Order of calls, for each piece of microphone audio, best 10 ms of it: the onset detector, the
// echo guard and, as often as its block is whole, the network; then push() with the newest answer
// of each. Push also while no reply plays (playing = false): that ends whatever was going on.
#pragma once

#include <cstdint>
#include <optional>

#include "base/instant.h"

namespace livegate::turn {

struct BargeInOptions {
  float duck_excess_db = 5;  // over the expected echo, to turn the reply down...
  float stop_excess_db = 6;  // ... and to count towards a stop
  float speech_on = 0.7F;    // the ear's probability that counts as speech
  // To stop: sound that is no echo for so long, of which so much was speech to the network.
  Millis confirm = 100ms;
  Millis confirm_speech = 10ms;
  // The same where more is asked for: within `edge` of either end of the reply.
  Millis confirm_edge = 200ms;
  Millis confirm_speech_edge = 120ms;
  Millis edge = 1000ms;
  // The first reply, until so much of it was played: so much more excess for both steps.
  Millis first_reply = 1000ms;
  float first_reply_excess_db = 6;
  // A pause of this length ends what had been gathered; the reply comes back.
  Millis pause = 200ms;
  // Not confirmed for so long: the reply comes back, and is not turned down again for the same
  // sound.
  Millis give_up = 600ms;
};

// One piece of microphone audio.
struct BargeInFrame {
  Millis length{10};
  float speech = 0;         // newest probability, 0..1
  float level_dbfs = -120;  // for logs; nothing is decided by it
  float excess_db = 0;      // over the expected echo
  bool onset = false;       // loud as of a voice that has begun, and still is
};

struct PlayingReply {
  bool playing = false;  // the client is playing a reply that could be stopped
  Millis played{0};      // of it, so far
  // To its end; nothing: not known, as the model still speaks.
  std::optional<Millis> left;
  bool first = false;  // of this client: its echo is not known yet
};

enum class BargeInStep : std::uint8_t {
  none,
  duck,     // turn the reply down now
  restore,  // it was nothing: turn it up again
  stop,     // the person has the floor: stop the reply, at the client and at the model
};

class BargeIn {
 public:
  explicit BargeIn(const BargeInOptions& options = {}) : options_(options) {}

  // What changes with this piece. After `stop` only none until a piece comes with playing = false
  // or start() was called.
  BargeInStep push(const BargeInFrame& frame, const PlayingReply& reply);

  // A new reply; nothing of what was gathered is held against it.
  void start();

  [[nodiscard]] bool is_ducked() const { return state_ == State::ducked; }
  // How long ago the sound began that has just stopped or ducked the reply.
  [[nodiscard]] Millis onset_age() const { return age_; }

 private:
  enum class State : std::uint8_t { free, ducked, refused, stopped };

  void gather(const BargeInFrame& frame, float extra_db);
  void forget();
  [[nodiscard]] bool is_confirmed(const PlayingReply& reply) const;
  [[nodiscard]] bool at_edge(const PlayingReply& reply) const;

  BargeInOptions options_;
  State state_ = State::free;
  Millis age_{0};     // since the sound began
  Millis sound_{0};   // of it, no echo
  Millis speech_{0};  // of that, speech to the network
  Millis quiet_{0};   // since the last of it
  bool running_ = false;
};

}  // namespace livegate::turn
