// The end of a session: what its client is told last, and that nothing follows.
#pragma once

#include <string>
#include <string_view>

#include "session/client_channel.h"
#include "session/model_connection.h"

namespace livegate::session {

class SessionEnd {
 public:
  // All outlive it.
  SessionEnd(SessionContext& context, ClientChannel& client, ModelConnection& model)
      : context_(context), client_(client), model_(model) {}

  [[nodiscard]] bool is_over() const { return over_; }
  // Because of something that the client did, or may no longer do. `code`: for events and the log.
  void fail(std::uint16_t close_code, std::string_view code, std::string_view message);
  // Because the model's side failed: `error` for the client, `close` for its socket.
  void fail_upstream(std::uint16_t code, const notice::Error& error, CloseClient close);
  // In good order. `reconnect`: another session can be begun.
  void bye(std::string_view reason, bool reconnect, CloseClient close);
  // Nobody is there to be told.
  void client_lost(std::string why);
  void finish();
  // Without any action: the shell cannot continue this session.
  void abandon() { over_ = true; }

 private:
  SessionContext& context_;
  ClientChannel& client_;
  ModelConnection& model_;
  bool over_ = false;
};

}  // namespace livegate::session
