// WAV files whose header is not so: a recorder that never went back to write the size, and files
// joined end to end.
//
// Decides what of such a file is sound. Leaves sound files that are as they say to libsndfile.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace livegate::cli {

// `file`: all its bytes. One WAV file with the sound of all that are in it, one after the other;
// nothing if it is no WAV file, holds no sound, or its parts have different formats.
[[nodiscard]] std::optional<std::string> mended_wav(std::string_view file);

}  // namespace livegate::cli
