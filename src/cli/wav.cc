#include "cli/wav.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include <sndfile.h>
#include <speex/speex_resampler.h>

#include "audio/pcm.h"
#include "base/check.h"
#include "base/limits.h"
#include "cli/wav_mend.h"

namespace livegate::cli {
namespace {

struct CloseFile {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using File = std::unique_ptr<SNDFILE, CloseFile>;

constexpr sf_count_t kPieceFrames = 4096;

std::int16_t to_s16(float value) {
  const float scaled = std::round(value * 32768.0F);
  return static_cast<std::int16_t>(std::clamp(scaled, -32768.0F, 32767.0F));
}

// The average of the channels, which never clips, as samples appended to `out`.
void mix(std::span<const float> interleaved, std::size_t channels, std::vector<std::int16_t>& out) {
  for (std::size_t at = 0; at + channels <= interleaved.size(); at += channels) {
    float sum = 0;
    for (const float value : interleaved.subspan(at, channels)) sum += value;
    out.push_back(to_s16(sum / static_cast<float>(channels)));
  }
}

// For rates that audio::Resampler does not take, because no client may have them.
std::vector<std::int16_t> at_uplink_rate(const std::vector<std::int16_t>& samples, int rate_hz) {
  struct Destroy {
    void operator()(SpeexResamplerState* state) const { speex_resampler_destroy(state); }
  };
  int error = 0;
  const std::unique_ptr<SpeexResamplerState, Destroy> resampler(speex_resampler_init(
      1, static_cast<spx_uint32_t>(rate_hz), audio::kUplinkRateHz, /*quality=*/4, &error));
  LIVEGATE_CHECK(resampler != nullptr);
  speex_resampler_skip_zeros(resampler.get());
  std::vector<std::int16_t> out;
  constexpr std::size_t kPiece = 65536;
  for (std::size_t at = 0; at < samples.size();) {
    const std::size_t piece = std::min(kPiece, samples.size() - at);
    const std::size_t before = out.size();
    const std::size_t room = piece * audio::kUplinkRateHz / static_cast<std::size_t>(rate_hz) + 16;
    out.resize(before + room);
    auto consumed = static_cast<spx_uint32_t>(piece);
    auto produced = static_cast<spx_uint32_t>(room);
    error = speex_resampler_process_int(resampler.get(), 0, samples.data() + at, &consumed,
                                        out.data() + before, &produced);
    LIVEGATE_CHECK(error == RESAMPLER_ERR_SUCCESS && consumed + produced > 0);
    out.resize(before + produced);
    at += consumed;
  }
  return out;
}

std::string refusal(const std::string& path, const std::string& why) {
  return "The recording " + path + " cannot be used: " + why + ".";
}

// libsndfile ends some of its sentences with a full stop and some not.
std::string reason_of(SNDFILE* file) {
  std::string reason = sf_strerror(file);
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
  return reason;
}

// The sound of an open file.
Result<Recording, std::string> read_open(const std::string& path, SNDFILE* file,
                                         const SF_INFO& info) {
  if (info.samplerate < 1000 || info.samplerate > 400000 || info.channels < 1) {
    return Unexpected{
        refusal(path, "its sample rate is " + std::to_string(info.samplerate) + " Hz")};
  }
  const auto seconds_max =
      std::chrono::duration_cast<std::chrono::seconds>(limits::kRecordingTimeMax);
  const auto samples_max = static_cast<std::size_t>(info.samplerate * seconds_max.count());
  const auto channels = static_cast<std::size_t>(info.channels);

  Recording recording;
  recording.rate_hz = info.samplerate;
  std::vector<float> piece(static_cast<std::size_t>(kPieceFrames) * channels);
  while (const sf_count_t frames = sf_readf_float(file, piece.data(), kPieceFrames)) {
    mix(std::span(piece).first(static_cast<std::size_t>(frames) * channels), channels,
        recording.samples);
    if (recording.samples.size() > samples_max) {
      return Unexpected{refusal(
          path, "it is longer than " + std::to_string(seconds_max.count() / 60) + " minutes")};
    }
  }
  if (sf_error(file) != SF_ERR_NO_ERROR) {
    return Unexpected{refusal(path, reason_of(file))};
  }
  if (recording.samples.empty()) return Unexpected{refusal(path, "there is no sound in it")};
  if (recording.rate_hz < audio::kClientRateMinHz || recording.rate_hz > audio::kClientRateMaxHz) {
    recording.samples = at_uplink_rate(recording.samples, recording.rate_hz);
    recording.rate_hz = audio::kUplinkRateHz;
  }
  return recording;
}

// A file in memory, as libsndfile asks for it.
struct Memory {
  std::string_view bytes;
  sf_count_t at = 0;
};

sf_count_t memory_size(void* user) {
  return static_cast<sf_count_t>(static_cast<Memory*>(user)->bytes.size());
}

sf_count_t memory_seek(sf_count_t offset, int whence, void* user) {
  auto& memory = *static_cast<Memory*>(user);
  const sf_count_t base = whence == SEEK_CUR   ? memory.at
                          : whence == SEEK_END ? memory_size(user)
                                               : 0;
  memory.at = std::clamp<sf_count_t>(base + offset, 0, memory_size(user));
  return memory.at;
}

sf_count_t memory_read(void* to, sf_count_t count, void* user) {
  auto& memory = *static_cast<Memory*>(user);
  const sf_count_t taken = std::clamp<sf_count_t>(memory_size(user) - memory.at, 0, count);
  std::memcpy(to, memory.bytes.data() + memory.at, static_cast<std::size_t>(taken));
  memory.at += taken;
  return taken;
}

sf_count_t memory_tell(void* user) { return static_cast<Memory*>(user)->at; }

// What a WAV file holds whose header is not so; nothing if that is not what is wrong with it.
std::optional<Recording> read_mended(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > limits::kMendedFileBytesMax) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const auto mended = mended_wav(bytes);
  if (!mended) return std::nullopt;
  SF_VIRTUAL_IO io{memory_size, memory_seek, memory_read, nullptr, memory_tell};
  Memory memory{.bytes = *mended};
  SF_INFO info = {};
  const File file(sf_open_virtual(&io, SFM_READ, &info, &memory));
  if (!file) return std::nullopt;
  auto recording = read_open(path, file.get(), info);
  if (!recording) return std::nullopt;
  return std::move(*recording);
}

}  // namespace

Result<Recording, std::string> read_recording(const std::string& path) {
  SF_INFO info = {};
  const File file(sf_open(path.c_str(), SFM_READ, &info));
  Result<Recording, std::string> read =
      file ? read_open(path, file.get(), info) : Unexpected{refusal(path, reason_of(nullptr))};
  if (read) return read;
  if (auto mended = read_mended(path)) return std::move(*mended);
  return read;
}

Result<Done, std::string> write_wav(const std::string& path, int rate_hz,
                                    std::span<const std::int16_t> samples) {
  SF_INFO info = {};
  info.samplerate = rate_hz;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  const File file(sf_open(path.c_str(), SFM_WRITE, &info));
  const auto count = static_cast<sf_count_t>(samples.size());
  if (!file || sf_write_short(file.get(), samples.data(), count) != count) {
    return Unexpected{"The reply cannot be written to " + path + ": " + reason_of(file.get()) +
                      "."};
  }
  return Done{};
}

}  // namespace livegate::cli
