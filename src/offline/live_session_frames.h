// The frames of a reply, laid out as the model that is played lays them out: empty ones before
// those with content, the role, words beside their sound or in frames of their own.
//
// Decides what stands in which frame. Leaves to the turn when there is something to send.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "offline/habits.h"
#include "offline/live_session_io.h"
#include "proto/gemini.h"

namespace livegate::offline {

// Appends `message`, written as the service writes it.
void send(const proto::ServerMessage& message, LiveActions& out);
// Appends `{}`, or `serverContent: {}`.
void send_bare(LiveActions& out);
void send_empty_content(LiveActions& out);

struct FrameStyle {
  Habits habits;
  bool vertex = false;       // in its spelling
  bool words_apart = false;  // each word in a frame of its own, before the sound
};

class Frames {
 public:
  explicit Frames(const FrameStyle& style) : style_(style) {}

  // One frame with content: toolCall, text.
  void content(proto::ServerMessage message, LiveActions& out);
  // Mono s16 at 24 kHz, with the words that go with it, which may be empty.
  void audio(std::span<const std::int16_t> samples, std::string_view words, LiveActions& out);
  // Words without sound.
  void words(std::string_view text, LiveActions& out);

 private:
  void before_content(LiveActions& out);

  FrameStyle style_;
  bool begun_ = false;
};

}  // namespace livegate::offline
