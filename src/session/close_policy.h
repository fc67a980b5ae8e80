// What a close of the model's side means: try again, or stop and say why. The table is data; its
// rows are the service's own texts (docs/wire-gemini.md, "Close codes").
#pragma once

#include <cstdint>
#include <string_view>

namespace livegate::session {

enum class CloseVerdict : std::uint8_t {
  resume,  // connect again with the newest handle
  fresh,   // connect again, but without the handle: it was refused
  stop,    // trying again changes nothing: tell the client
};

struct ClosePolicy {
  CloseVerdict verdict;
  std::string_view advice;  // for `stop`: what a developer can do about it
};

// `resuming`: the connection that closed was being set up with a resumption handle.
[[nodiscard]] ClosePolicy close_policy(std::uint16_t code, std::string_view reason, bool resuming);

}  // namespace livegate::session
