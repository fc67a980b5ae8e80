// A client protocol as two functions: between its wire and what a client can ask (ClientRequest)
// and be told (ClientNotice).
//
// A codec decides how its wire spells both, what of its client's messages is refused as malformed,
// and which notices have no words on its wire. It keeps the state of the wire alone: whether it was
// started, a count of messages, half a sample. Leaves to the session everything that depends on the
// model, on turns or on time. A codec never calls back: it is tested without a session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/padded_text.h"
#include "proto/gemini.h"
#include "proto/native.h"
#include "session/action.h"
#include "session/client_notice.h"
#include "session/client_request.h"
#include "session/live_wire.h"
#include "session/session_context.h"

namespace livegate::session {

// The decoders and scratch buffers of a shard, lent to one session at a time.
struct Codecs {
  proto::GeminiDecoder gemini;
  proto::native::NativeDecoder native;
  proto::ServerMessage server_message;
  proto::ClientMessage client_message;
};

// What became of a notice.
struct Encoded {
  std::int64_t reply_samples = 0;         // mono, 24 kHz, handed to the client
  std::span<const std::int16_t> samples;  // they, where they are wanted
  std::size_t parts_withheld = 0;         // of the model's message: the client cannot read them
};

class ClientCodec {
 public:
  virtual ~ClientCodec() = default;

  // A whole message of the client, as requests in their order.
  [[nodiscard]] virtual std::span<const ClientRequest> decode_text(PaddedText text) = 0;
  [[nodiscard]] virtual std::span<const ClientRequest> decode_binary(PaddedText bytes) = 0;
  // A piece of a binary message whose end follows through decode_binary().
  [[nodiscard]] virtual std::span<const ClientRequest> decode_audio_piece(PaddedText bytes) = 0;

  // The requests have been carried out: gives back what a large message needed.
  virtual void forget_requests() = 0;

  // The session that request::Resume asks for cannot be continued; the model remembers it under
  // `upstream_handle` all the same, unless that is empty.
  [[nodiscard]] virtual ClientRequest resume_refused(std::string_view upstream_handle) = 0;

  // Appends messages for the client to `context.out`.
  virtual Encoded encode(const ClientNotice& notice, const SessionContext& context) = 0;

  // How the socket is closed for a fault of the model's side.
  [[nodiscard]] virtual CloseClient close_for_upstream(std::uint16_t code,
                                                       std::string_view reason) const = 0;
};

[[nodiscard]] std::unique_ptr<ClientCodec> make_native_codec(Codecs& codecs);
// `wire` outlives the codec.
[[nodiscard]] std::unique_ptr<ClientCodec> make_live_codec(Codecs& codecs, const LiveWire& wire);

}  // namespace livegate::session
