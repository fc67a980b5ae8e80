#include "audio/resampler.h"

#include <algorithm>

#include <speex/speex_resampler.h>

#include "audio/pcm.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

// Measured at 48 to 16 kHz: quality 3 holds back 1.0 to 1.5 ms, keeps aliases at -85 dB and costs
// half a millisecond of processor time per second of audio; quality 2 rejects 11 dB less, 4 delays
// more.
constexpr int kQuality = 3;

// One call's share: keeps the counts far inside speexdsp's 32 bits.
constexpr std::size_t kPieceSamplesMax = 48000;

bool is_allowed(int rate_hz) { return rate_hz >= kClientRateMinHz && rate_hz <= kClientRateMaxHz; }

}  // namespace

struct Resampler::State {
  int from_hz;
  int to_hz;
  SpeexResamplerState* speex = nullptr;  // null at equal rates

  State(int from, int to) : from_hz(from), to_hz(to) {
    if (from == to) return;
    int error = 0;
    speex = speex_resampler_init(1, static_cast<spx_uint32_t>(from), static_cast<spx_uint32_t>(to),
                                 kQuality, &error);
    LIVEGATE_CHECK(speex != nullptr && error == RESAMPLER_ERR_SUCCESS);
    restart();
  }
  ~State() {
    if (speex != nullptr) speex_resampler_destroy(speex);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // The filter begins half its length into the stream instead of with as many zeros: the output is
  // not shifted in time, and what it holds back is the same.
  void restart() {
    if (speex == nullptr) return;
    speex_resampler_reset_mem(speex);
    speex_resampler_skip_zeros(speex);
  }
};

Resampler::Resampler(int from_hz, int to_hz) {
  LIVEGATE_CHECK(is_allowed(from_hz) && is_allowed(to_hz));
  state_ = std::make_unique<State>(from_hz, to_hz);
}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

void Resampler::process(std::span<const std::int16_t> samples, std::vector<std::int16_t>& out) {
  if (state_->speex == nullptr) {
    out.insert(out.end(), samples.begin(), samples.end());
    return;
  }
  const auto from = static_cast<std::size_t>(state_->from_hz);
  const auto to = static_cast<std::size_t>(state_->to_hz);
  while (!samples.empty()) {
    const std::size_t piece = std::min(samples.size(), kPieceSamplesMax);
    const std::size_t before = out.size();
    const std::size_t room = piece * to / from + 2;
    out.resize(before + room);
    auto consumed = static_cast<spx_uint32_t>(piece);
    auto produced = static_cast<spx_uint32_t>(room);
    const int error = speex_resampler_process_int(state_->speex, 0, samples.data(), &consumed,
                                                  out.data() + before, &produced);
    LIVEGATE_CHECK(error == RESAMPLER_ERR_SUCCESS && consumed + produced > 0);
    out.resize(before + produced);
    samples = samples.subspan(consumed);
  }
}

void Resampler::reset() { state_->restart(); }

}  // namespace livegate::audio
