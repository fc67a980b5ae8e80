// What a close of the model's side means: continue the session, begin it without context, or stop
// and say why. The table is data; its rows are the service's own texts (docs/wire-gemini.md, "Close
// codes").
#pragma once

#include <cstdint>
#include <string_view>

namespace livegate::session {

enum class CloseVerdict : std::uint8_t {
  resume,  // connect again with the newest handle
  fresh,   // connect again without the handle, which was refused; say again what is unanswered
  anew,    // connect again, but nothing is said again: it may be what was refused
  stop,    // trying again changes nothing: tell the client
};

// How far the connection that closed had come.
enum class ClosedIn : std::uint8_t {
  setup,         // of a new session
  resumption,    // the setup named a handle
  conversation,  // it was set up
};

struct ClosePolicy {
  CloseVerdict verdict;
  std::string_view advice;  // for `stop`: what a developer can do about it
};

[[nodiscard]] ClosePolicy close_policy(std::uint16_t code, std::string_view reason, ClosedIn where);

}  // namespace livegate::session
