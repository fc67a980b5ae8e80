// Recordings as the person's tool needs them: any file that libsndfile reads becomes mono s16
// samples at a rate a client may have; replies become a WAV file. Decides the mixing and the rate;
// leaves pacing to the talk.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace livegate::cli {

struct Recording {
  int rate_hz = 16000;                // 8000..48000
  std::vector<std::int16_t> samples;  // mono
  [[nodiscard]] double seconds() const {
    return static_cast<double>(samples.size()) / static_cast<double>(rate_hz);
  }
};

// Reads the whole of a WAV, FLAC, Ogg or other file, up to limits::kRecordingTimeMax. Channels are
// averaged. The rate stays as it is between 8 and 48 kHz; any other becomes 16 kHz. The error is
// one sentence that names the file.
Result<Recording, std::string> read_recording(const std::string& path);

// Writes (or replaces) a mono 16-bit WAV file. The error is one sentence that names the file.
Result<Done, std::string> write_wav(const std::string& path, int rate_hz,
                                    std::span<const std::int16_t> samples);

}  // namespace livegate::cli
