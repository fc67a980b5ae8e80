#include "sim/marked_audio.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "base/base64.h"
#include "base/check.h"

namespace livegate::sim {
namespace {

constexpr std::size_t kNumberSamples = 4;  // a byte of the number each
constexpr std::int16_t kLoud = 8000;
constexpr std::uint32_t kMagic = 0x6d697347;
constexpr std::size_t kStampBytes = 12;
constexpr std::size_t kStampChars = kStampBytes / 3 * 4;

using FrameSamples = std::array<std::int16_t, kFrameSamples>;

// A square wave of 1 kHz, each sample a little different from the others.
FrameSamples pattern(bool loud) {
  FrameSamples samples{};
  for (std::size_t i = kNumberSamples; i < kFrameSamples; ++i) {
    const int size = (loud ? kLoud : 0) + static_cast<int>(i) / 4;
    samples[i] = static_cast<std::int16_t>(i / 8 % 2 == 0 ? size : -size);
  }
  return samples;
}
const std::array<FrameSamples, 2> kPatterns = {pattern(false), pattern(true)};

std::uint32_t word_at(const std::uint8_t* bytes) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

void append_frame(std::string& out, std::uint32_t number, bool loud) {
  FrameSamples samples = kPatterns[loud];
  for (std::size_t i = 0; i < kNumberSamples; ++i) {
    samples[i] = static_cast<std::int16_t>((loud ? kLoud : 0) + (number >> (8 * i) & 0xff));
  }
  out.append(reinterpret_cast<const char*>(samples.data()), kFrameBytes);
}

std::uint32_t frame_number(std::string_view pcm) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < kNumberSamples; ++i) {
    std::int16_t sample = 0;
    std::memcpy(&sample, pcm.data() + i * sizeof sample, sizeof sample);
    if (sample >= kLoud) sample = static_cast<std::int16_t>(sample - kLoud);
    number |= static_cast<std::uint32_t>(sample) << (8 * i);
  }
  return number;
}

bool FrameReader::read(std::span<const std::int16_t> samples, std::vector<Frame>& frames) {
  rest_.insert(rest_.end(), samples.begin(), samples.end());
  std::size_t begin = 0;
  for (; begin + kFrameSamples <= rest_.size(); begin += kFrameSamples) {
    const std::int16_t* frame = rest_.data() + begin;
    if (std::all_of(frame, frame + kFrameSamples, [](std::int16_t each) { return each == 0; })) {
      frames.push_back({kNobodys, /*loud=*/false});
      continue;
    }
    const bool loud = std::abs(frame[kFrameSamples - 1]) >= kLoud;
    constexpr std::size_t kTail = kFrameSamples - kNumberSamples;
    if (std::memcmp(frame + kNumberSamples, kPatterns[loud].data() + kNumberSamples,
                    kTail * sizeof(std::int16_t)) != 0) {
      return false;
    }
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < kNumberSamples; ++i) {
      const int digit = frame[i] - (loud ? kLoud : 0);
      if (digit < 0 || digit > 0xff) return false;
      number |= static_cast<std::uint32_t>(digit) << (8 * i);
    }
    frames.push_back({number, loud});
  }
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(begin));
  return true;
}

void append_piece_base64(std::string& out, const Stamp& stamp, std::size_t samples) {
  const std::size_t bytes = samples * sizeof(std::int16_t);
  LIVEGATE_CHECK(bytes % 3 == 0 && bytes >= kStampBytes);
  std::array<std::uint8_t, kStampBytes> head;
  const std::array<std::uint32_t, 3> words = {kMagic, stamp.reply, stamp.piece};
  std::memcpy(head.data(), words.data(), kStampBytes);
  const std::size_t begin = out.size();
  out.resize(begin + kStampChars);
  base64::encode(head, out.data() + begin);
  out.append(base64::encoded_size(bytes) - kStampChars, 'Q');  // a quiet 0x4141...
}

void append_silence_base64(std::string& out, std::size_t samples) {
  const std::size_t bytes = samples * sizeof(std::int16_t);
  LIVEGATE_CHECK(bytes % 3 == 0);
  out.append(base64::encoded_size(bytes), 'A');
}

bool is_silence(std::string_view pcm) {
  return pcm.find_first_not_of('\0') == std::string_view::npos;
}

bool is_silence_base64(std::string_view base64) {
  return base64.find_first_not_of("A=") == std::string_view::npos;
}

std::optional<Stamp> read_stamp(std::string_view pcm) {
  if (pcm.size() < kStampBytes) return std::nullopt;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(pcm.data());
  if (word_at(bytes) != kMagic) return std::nullopt;
  return Stamp{word_at(bytes + 4), word_at(bytes + 8)};
}

std::optional<Stamp> read_stamp_base64(std::string_view base64) {
  if (base64.size() < kStampChars) return std::nullopt;
  std::array<std::uint8_t, base64::decoded_size_max(kStampChars)> bytes;
  if (!base64::decode(base64.substr(0, kStampChars), bytes.data())) return std::nullopt;
  return read_stamp({reinterpret_cast<const char*>(bytes.data()), kStampBytes});
}

}  // namespace livegate::sim
