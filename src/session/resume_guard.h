// Who may resume a session over another connection, and with which token.
//
// Decides whether the client that asks is the one whose session this is, whether its token opens
// the session now, and when it is offered another token. Leaves to the session which messages are
// kept for a client that returns (Session::may_return), to the server where tokens come from, and
// to the shell how a connection gets to the session.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/resume_tokens.h"
#include "session/session_config.h"

namespace livegate::session {

// Of a connection, what has to be the same for its client to resume a session.
struct SessionOwner {
  ClientKind kind = ClientKind::native;
  std::string user;    // empty where the gateway asks for none
  std::string origin;  // the page's; empty: no browser
};

enum class ResumeVerdict : std::uint8_t {
  allowed,
  other_owner,  // another protocol, user or page
  wrong_token,  // none of this session, or a spent one
  not_kept,     // messages that the client lacks are not kept any more
};

class ResumeGuard {
 public:
  // `token` is the one the client is offered first; empty: nothing opens this session.
  ResumeGuard(SessionOwner owner, std::string token);

  // `kept`: the session still has every message that the client lacks. What a stranger learns does
  // not depend on it: their verdict comes first.
  [[nodiscard]] ResumeVerdict judge(const SessionOwner& client, std::string_view token,
                                    bool kept) const;

  // `presented`, which was allowed, has opened a connection. A native client is offered another
  // token over it, which `make_token()` makes; handles of the Live API may be used again, as the
  // service's.
  template <class MakeToken>
  void opened(std::string_view presented, MakeToken make_token) {
    if (owner_.kind == ClientKind::live) return;
    token_ = make_token();
    tokens_.taken(presented, token_);
  }
  // A message came over the newest connection: its client has the newest token, and the one that
  // opened the connection is spent.
  void client_spoke() { tokens_.spend(); }

  // What the client is offered now.
  [[nodiscard]] const std::string& token() const { return token_; }

 private:
  const SessionOwner owner_;
  std::string token_;
  policy::ResumeTokens tokens_;
};

// Whether a session that is over may be resumed through the model's own handle: `offered` says that
// the client was told the way back.
[[nodiscard]] inline bool is_remembered(ClientKind client, bool offered,
                                        std::string_view model_handle) {
  return client == ClientKind::live && offered && !model_handle.empty();
}

}  // namespace livegate::session
