// Speech that came over a telephone: at 16 kHz nothing is left of it above 4 kHz, where the
// acoustic model expects something, so that no sound resembles any it knows.
//
// Decides whether an utterance is such speech, and fills the empty band with the mirror image of
// the one below, well below it in level: where there is a hiss beneath 4 kHz there was one above.
// Leaves everything else as it is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace livegate::speech {

// `samples`: mono s16 at 16 kHz, a whole utterance. False for silence.
[[nodiscard]] bool is_narrow_band(std::span<const std::int16_t> samples);

// The same utterance with the upper band filled.
[[nodiscard]] std::vector<std::int16_t> widened(std::span<const std::int16_t> samples);

}  // namespace livegate::speech
