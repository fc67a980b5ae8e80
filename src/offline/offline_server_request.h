// What a request to the offline assistant asks for: which paths are the Live API's, and with which
// credential somebody comes in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/redacted.h"
#include "net/http.h"
#include "offline/auth_tokens.h"
#include "offline/live_session.h"

namespace livegate::offline {

struct LivePath {
  std::string version;       // "v1", "v1beta" or "v1alpha"; Vertex: "v1" or "v1beta1"
  bool constrained = false;  // the method for ephemeral tokens
  bool vertex = false;
  bool operator==(const LivePath&) const = default;
};

// What the path of an upgrade means. Any prefix is fine, and so is a doubled slash: two of the
// official SDKs send one. Nothing for a path that is not the Live API's.
[[nodiscard]] std::optional<LivePath> live_path(std::string_view path);

// Whether a path asks for a new ephemeral token: "{v1|v1beta|v1alpha}/auth_tokens", any prefix.
[[nodiscard]] bool is_token_path(std::string_view path);

// The key is taken from `?key=`, from the header x-goog-api-key or, as Vertex has it, from
// `Authorization: Bearer`; any will do. Passed if `wanted` is empty.
[[nodiscard]] KeyCheck check_key(const net::HttpRequest& request, const Redacted& wanted);

// What opens a session of that path: a key, or on the constrained method a token, taken from
// `?access_token=` or `Authorization: Token`.
struct Admission {
  KeyCheck check = KeyCheck::passed;
  std::shared_ptr<AuthToken> token;  // with `passed` only; null where it was a key
};
[[nodiscard]] Admission admit(const net::HttpRequest& request, const LivePath& path,
                              const Redacted& wanted_key, const AuthTokenStore& tokens);

}  // namespace livegate::offline
