#include "session/session_end.h"

#include <utility>

namespace livegate::session {

void SessionEnd::fail(std::uint16_t close_code, std::string_view code, std::string_view message) {
  client_.tell(notice::Error{code, message, /*fatal=*/true});
  context_.note(NoteKind::failed, close_code, std::string(code));
  context_.out->add(CloseClient{close_code, std::string(message)});
  finish();
}

void SessionEnd::fail_upstream(std::uint16_t code, const notice::Error& error, CloseClient close) {
  client_.tell(error);
  context_.note(NoteKind::failed, code,
                std::string(error.code) + ": " + std::string(error.message));
  context_.out->add(std::move(close));
  finish();
}

void SessionEnd::bye(std::string_view reason, bool reconnect, CloseClient close) {
  client_.tell(notice::Bye{reason, reconnect});
  context_.out->add(std::move(close));
  finish();
}

void SessionEnd::client_lost(std::string why) {
  context_.note(NoteKind::client_lost, 0, std::move(why));
  finish();
}

void SessionEnd::finish() {
  if (std::exchange(over_, true)) return;
  model_.close();
  context_.out->add(Finish{});
}

}  // namespace livegate::session
