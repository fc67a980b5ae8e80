// What of a message may stand in a recording. Lengths never change, so that a session fed with a
// masked message decides as it did.
//
// Secrets (handles, tokens) are always replaced. Without leave to keep speech everything is that is
// not known to be harmless: kept are the keys of objects, numbers, true, false and null, and those
// strings that say what a message is (mask.cc has the table), where the wire puts them and not in
// what an application or a person put there. A replaced value that may be compared with another
// becomes a name made from it and a salt that is kept nowhere; words and audio become one and the
// same letter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/rng.h"

namespace livegate::recording {

class Mask {
 public:
  // For a recording: `salt` is random and forgotten.
  static Mask for_log(bool speech, std::uint64_t salt) { return Mask(speech, false, salt); }
  // For the comparison of two runs: what may differ between a message and its recording is the same
  // in both.
  static Mask for_hash(bool speech) { return Mask(speech, true, 0); }

  // Appends a message, of the length that it had; whatever is no JSON in it too.
  void append(std::string& out, std::string_view json) const;
  [[nodiscard]] std::string secret(std::string_view value) const;
  [[nodiscard]] bool speech() const { return speech_; }

 private:
  class Walk;
  Mask(bool speech, bool flat, std::uint64_t salt) : speech_(speech), flat_(flat), salt_(salt) {}
  [[nodiscard]] Rng letters_for(std::string_view value) const;

  bool speech_;
  bool flat_;  // one letter for everything
  std::uint64_t salt_;
};

}  // namespace livegate::recording
