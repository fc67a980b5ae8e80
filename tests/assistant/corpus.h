// The material of the evaluation: sentences and the calls they must lead to, spoken by voices, with
// noise; and recordings of people who say something else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace livegate::assistant {

using Samples = std::vector<std::int16_t>;  // mono s16 at 16 kHz

struct Sentence {
  std::string text;
  std::string
      call;  // "name {arguments}"; "-" for an answer without a call, empty for what is no command
};
// Lines of "sentence | call" or "sentence"; empty lines and comments (#) are passed over.
std::vector<Sentence> read_sentences(const std::filesystem::path& list);

// Any WAV file at 16 kHz. Throws std::runtime_error naming the file.
Samples read_wav(const std::filesystem::path& file);

// `speech` with 0.3 s of quiet on either side, as an endpointer would leave it.
Samples with_quiet(const Samples& speech);

enum class Noise { none, white, pink };
// Noise `snr_db` below the level of the speech, which is that of its loudest frames, not of its
// pauses.
Samples with_noise(const Samples& speech, Noise noise, double snr_db, std::uint64_t seed);

// Every way that a recording might reach the recogniser: whole, cut by its labels where pauses are
// long, middling or short, cut by the assistant's own ear, and at random. `every`: only each n-th
// of those pieces.
std::vector<Samples> pieces_of(const std::filesystem::path& wav, std::size_t every);

}  // namespace livegate::assistant
