// The model's end of a session: its setup, its wire (ModelCodec) and its connections, one after the
// other (UpstreamLink).
//
// Decides what a connection's setup says, and counts and meters whatever is sent over it. Leaves to
// UpstreamLink when to connect, to Handover when one connection gives way to the next, and to
// ModelInput what the model is told.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "session/client_codec.h"
#include "session/model_codec.h"
#include "session/session_state.h"
#include "session/upstream_link.h"

namespace livegate::session {

// What of a message is charged for.
enum class Carries : std::uint8_t { text, sound, picture, nothing };

class ModelConnection {
 public:
  // Both outlive it; `codecs` serves one call of Session::handle at a time.
  ModelConnection(SessionState& state, Codecs& codecs, Rng rng);

  // Once: `setup` with the choices of context.turn_taking, and the first connection.
  void open(proto::Setup setup);
  void connect();
  // The socket is up. `has_lines`: there is a conversation that the model may have forgotten.
  void send_setup(bool has_lines);
  // The session is over.
  void close();

  // `request` as a message, in the arena of the event in hand.
  [[nodiscard]] Payload write(const ModelRequest& request);
  void send(const Payload& message, Carries what = Carries::text);
  void send(const ModelRequest& request, Carries what = Carries::text) {
    send(write(request), what);
  }
  void send_sound(std::span<const std::int16_t> samples);  // mono, 16 kHz

  // Reads a message of the model; its views are valid until the next one is read. Null: it cannot
  // be read.
  [[nodiscard]] proto::ServerMessage* read(PaddedText text);

  [[nodiscard]] UpstreamLink& link() { return link_; }
  [[nodiscard]] const UpstreamLink& link() const { return link_; }
  [[nodiscard]] bool is_ready() const { return link_.is_ready(); }
  [[nodiscard]] const proto::Setup& setup() const { return setup_; }
  // The one that a client gets who asks for none.
  [[nodiscard]] bool is_usual_model() const;

  // For later connections; a pinned setting stays.
  void replace_tools(std::string_view tools_json);
  void replace_instruction(std::string_view instruction);

  // A call of one of these functions stops the model until it is answered.
  [[nodiscard]] const std::vector<std::string>& blocking_functions() const {
    return blocking_functions_;
  }
  [[nodiscard]] bool stops_for(const proto::ServerMessage& message) const;

 private:
  SessionContext& context_;
  turn::TurnMachine& turns_;
  meter::SessionMeter& meter_;
  proto::ServerMessage& message_;
  std::unique_ptr<ModelCodec> codec_;
  UpstreamLink link_;
  proto::Setup setup_;
  bool tells_history_ = false;  // the client itself does, first of all
  std::vector<std::string> blocking_functions_;
};

}  // namespace livegate::session
