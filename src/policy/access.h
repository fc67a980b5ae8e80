// Who may open a session: which web pages, and which users.
//
// Decides from a request's headers alone. Leaves the answer's wording and status to the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/redacted.h"
#include "policy/secret_hash.h"

namespace livegate::policy {

// ---- pages
// Browsers tell which page opens a socket (Origin) and let any page try: without this check every
// web site could talk through the gateway of whoever visits it.
//
// Allowed: no Origin at all (not a browser); one of `listed` ("https://app.example.com", or "*" for
// all); the gateway's own, that is an Origin whose host and port equal `host` (the Host header),
// where that host is an IP address or localhost. A name is never taken as our own unless listed: a
// foreign name can be made to resolve to this machine (DNS rebinding), and then its Origin and Host
// agree.
[[nodiscard]] bool origin_allowed(std::string_view origin, std::string_view host,
                                  const std::vector<std::string>& listed);

// ---- secrets
// Takes the same time whichever bytes differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

// ---- users
struct UserToken {
  std::string user;  // a name for logs and metrics
  Redacted token;
};

// What is kept of it while the gateway runs.
struct KnownToken {
  std::string user;
  SecretHash hash{};
};
[[nodiscard]] std::vector<KnownToken> known_tokens(const std::vector<UserToken>& tokens);

// The user whose token is `presented`, or null. Takes the same time whichever token is wrong and
// wherever.
[[nodiscard]] const KnownToken* find_user(std::string_view presented,
                                          const std::vector<KnownToken>& tokens);

// Where clients put their token, in the order in which they are looked at.
struct Credentials {
  std::string_view
      authorization;  // "Bearer T" (ours), "Token T" (Python and Go SDKs' ephemeral tokens)
  std::string_view protocols;       // Sec-WebSocket-Protocol: "livegate.v1, bearer.T"
  std::string_view api_key_header;  // x-goog-api-key: Python and Go SDKs
  std::string_view key_query;       // ?key=: JavaScript SDK
  std::string_view token_query;     // ?access_token=: JavaScript SDK's ephemeral tokens
};
// The first token present, or empty.
[[nodiscard]] std::string_view presented_token(const Credentials& credentials);

}  // namespace livegate::policy
