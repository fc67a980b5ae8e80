// The client's end of a session: its protocol (ClientCodec) and its connections (ClientLine).
//
// Decides nothing: gives every notice to the codec, and counts. Leaves to the codec how a notice is
// written, to ClientLine what is kept for a client that comes back.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/padded_text.h"
#include "session/client_codec.h"
#include "session/client_line.h"
#include "session/session_context.h"

namespace livegate::session {

class ClientChannel {
 public:
  // Both outlive it.
  ClientChannel(SessionContext& context, Codecs& codecs);

  Encoded tell(const ClientNotice& notice);
  // Something that the client did is refused; the session continues.
  void refuse(std::string_view code, std::string_view message);

  [[nodiscard]] ClientCodec& codec() { return *codec_; }
  [[nodiscard]] ClientLine& line() { return line_; }
  [[nodiscard]] const ClientLine& line() const { return line_; }

 private:
  SessionContext& context_;
  std::unique_ptr<ClientCodec> codec_;
  ClientLine line_;
};

}  // namespace livegate::session
