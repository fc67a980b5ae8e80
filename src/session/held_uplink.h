// What the person said and sent while the model was away, kept within limits until it is back.
//
// Speech: at most limits::kUplinkHeldMax, the oldest is dropped and counted. Messages: at most
// limits::kHeldMessagesMax of limits::kHeldMessageBytesMax together, a further one is refused.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audio/pcm.h"
#include "base/limits.h"

namespace livegate::session {

class HeldUplink {
 public:
  void keep_speech(std::span<const std::int16_t> samples) {
    speech_.insert(speech_.end(), samples.begin(), samples.end());
    if (speech_.size() > kSamplesMax) {
      const std::size_t excess = speech_.size() - kSamplesMax;
      speech_.erase(speech_.begin(), speech_.begin() + static_cast<std::ptrdiff_t>(excess));
      dropped_ += excess;
    }
    speech_ended_ = false;
  }
  void end_speech() { speech_ended_ = true; }

  [[nodiscard]] bool keep_message(std::string_view wire) {
    if (messages_.size() >= limits::kHeldMessagesMax ||
        message_bytes_ + wire.size() > limits::kHeldMessageBytesMax) {
      return false;
    }
    messages_.emplace_back(wire);
    message_bytes_ += wire.size();
    return true;
  }

  [[nodiscard]] std::span<const std::int16_t> speech() const { return speech_; }
  [[nodiscard]] bool speech_ended() const { return speech_ended_; }
  [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
  [[nodiscard]] std::uint64_t dropped_samples() const { return dropped_; }

  void clear() { *this = HeldUplink(); }  // gives the memory back too

 private:
  static constexpr std::size_t kSamplesMax =
      static_cast<std::size_t>(limits::kUplinkHeldMax.count()) * audio::kUplinkRateHz / 1000;

  std::vector<std::int16_t> speech_;
  bool speech_ended_ = false;
  std::vector<std::string> messages_;
  std::size_t message_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace livegate::session
