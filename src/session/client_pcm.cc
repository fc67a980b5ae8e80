#include "session/client_pcm.h"

#include <cstring>

#include "base/base64.h"

namespace livegate::session {

bool ClientPcm::take(std::string_view base64, int rate_hz, std::vector<std::int16_t>& samples) {
  if (rate_hz != rate_hz_) half_.reset();
  rate_hz_ = rate_hz;
  const std::size_t before = half_ ? 1 : 0;
  bytes_.resize(before + base64::decoded_size_max(base64.size()));
  if (half_) bytes_[0] = *half_;
  const auto decoded = base64::decode(base64, bytes_.data() + before);
  if (!decoded) return false;
  const std::size_t size = before + *decoded;
  half_.reset();
  if (size % sizeof(std::int16_t) != 0) half_ = bytes_[size - 1];
  samples.resize(size / sizeof(std::int16_t));
  if (!samples.empty()) {
    std::memcpy(samples.data(), bytes_.data(), samples.size() * sizeof(std::int16_t));
  }
  return true;
}

}  // namespace livegate::session
