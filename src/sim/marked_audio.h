// Audio that can be counted: every 10 ms of the person and every piece of a reply carry a number,
// so that what arrives says what was lost, doubled, reordered or belongs to something older.
//
// Uplink: frames of kFrameSamples at 16 kHz, loud (speech to a detector of energy) or quiet. The
// first four samples hold the frame's number, the others a pattern. Downlink: pieces at 24 kHz
// whose first twelve bytes are a stamp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livegate::sim {

inline constexpr std::size_t kFrameSamples = 160;  // 10 ms at 16 kHz
inline constexpr std::size_t kFrameBytes = kFrameSamples * sizeof(std::int16_t);

// Appends kFrameBytes of PCM.
void append_frame(std::string& out, std::uint32_t number, bool loud);

// Of the frame that these bytes of PCM begin with.
[[nodiscard]] std::uint32_t frame_number(std::string_view pcm);

// Frames of the person count from 1. Zeros are nobody's: the gateway sends them where the
// microphone stands still and the model waits for silence.
inline constexpr std::uint32_t kNobodys = 0;
struct Frame {
  std::uint32_t number;
  bool loud;
};
// Reads a stream of frames back, however it was cut into pieces of whole frames.
class FrameReader {
 public:
  // Appends the frames that `samples` complete. False if something is not a whole frame as it was
  // written: samples were lost or changed inside of it.
  bool read(std::span<const std::int16_t> samples, std::vector<Frame>& frames);

 private:
  std::vector<std::int16_t> rest_;
};

// One piece of a reply's audio.
struct Stamp {
  std::uint32_t reply;
  std::uint32_t piece;  // from 0
  bool operator==(const Stamp&) const = default;
};
// Appends the base64 text of `samples` samples, a multiple of 6 (so that nothing is padded).
void append_piece_base64(std::string& out, const Stamp& stamp, std::size_t samples);
// Sound of nothing but zeros: no piece, and nobody hears it.
void append_silence_base64(std::string& out, std::size_t samples);
[[nodiscard]] bool is_silence(std::string_view pcm);
[[nodiscard]] bool is_silence_base64(std::string_view base64);
// Nothing if these bytes do not begin with a stamp.
[[nodiscard]] std::optional<Stamp> read_stamp(std::string_view pcm);
[[nodiscard]] std::optional<Stamp> read_stamp_base64(std::string_view base64);

}  // namespace livegate::sim
