// What of a message may stand in a recording. Lengths never change, so that a session fed with a
// masked message decides as it did.
//
// Secrets (handles, tokens) are always replaced; without leave to keep speech so are audio and
// every word: of JSON strings only kinds, names and ids stay. Numbers and the keys of objects stay.
// A replaced value that may be compared with another becomes a name made from it and a salt that is
// kept nowhere; words and audio become one and the same letter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace livegate::flight {

class Mask {
 public:
  // For a recording: `salt` is random and forgotten.
  static Mask for_log(bool speech, std::uint64_t salt) { return Mask(speech, false, salt); }
  // For the comparison of two runs: what may differ between a message and its recording is the same
  // in both.
  static Mask for_hash(bool speech) { return Mask(speech, true, 0); }

  // Appends a JSON message, of the length that it had. Other text is treated as if it were JSON.
  void append(std::string& out, std::string_view json) const;
  [[nodiscard]] std::string secret(std::string_view value) const;
  [[nodiscard]] bool speech() const { return speech_; }

 private:
  Mask(bool speech, bool flat, std::uint64_t salt) : speech_(speech), flat_(flat), salt_(salt) {}
  void append_value(std::string& out, std::string_view key, std::string_view value) const;

  bool speech_;
  bool flat_;  // one letter for everything
  std::uint64_t salt_;
};

}  // namespace livegate::flight
