// What a recording begins with: everything that a session was given before its first event.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.h"
#include "recording/bytes.h"
#include "session/session_config.h"

namespace livegate::recording {

struct Beginning {
  bool speech = false;
  session::SessionConfig config;
  std::uint64_t rng = 0;  // the state of its Rng
  Instant began;
  std::uint64_t block_samples = 0;  // of its ear
};

// The first entry of a recording. Handles and tokens of `beginning` have been replaced by the
// caller.
void append_beginning(std::string& out, const Beginning& beginning);
// The models of the ear and its detectors are not part of it: what was heard stands in the log.
// What no session could have been given is refused: `in` is then not good().
[[nodiscard]] Beginning read_beginning(Reader& in);

}  // namespace livegate::recording
