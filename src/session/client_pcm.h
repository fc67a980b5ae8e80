// Samples out of the messages of a drop-in client.
//
// Its messages are pieces of one stream of bytes, cut where it suits the client (a pipe's chunks,
// 641 bytes each): the first half of a sample at the end of one waits for the next one. A stream
// ends where the client says so, or where its rate changes; half a sample left then is dropped.
// Leaves what a type means to proto.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace livegate::session {

class ClientPcm {
 public:
  // The samples that are whole now. False: it is not base64.
  [[nodiscard]] bool take(std::string_view base64, int rate_hz, std::vector<std::int16_t>& samples);
  void stream_ended() { half_.reset(); }

 private:
  std::optional<std::uint8_t> half_;
  int rate_hz_ = 0;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace livegate::session
