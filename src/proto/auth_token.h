// Ephemeral tokens (auth_tokens) on the wire: what a request for one asks for, how the answer and
// an HTTP error look, and what a token's settings do to a client's setup.
//
// Decides what the bytes mean. Leaves to others who may have a token, how long it counts and how
// often, and what it is called.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proto/gemini.h"

namespace livegate::proto {

struct AuthTokenRequest {
  std::optional<int> uses;              // new sessions; 0: any number
  std::string expire_time;              // RFC 3339, or empty
  std::string new_session_expire_time;  // RFC 3339, or empty
  std::optional<std::string> setup;     // bidiGenerateContentSetup: known keys in camelCase
  std::vector<std::string> field_mask;  // "generationConfig.temperature"; camelCase
};

// `body`: the POST's, empty for all defaults. The error is the service's sentence (HTTP 400).
[[nodiscard]] Result<AuthTokenRequest, std::string> read_auth_token_request(std::string_view body);

// {"name": "auth_tokens/...", "expireTime": "...", "newSessionExpireTime": "..."}: the name is the
// secret; times are RFC 3339, or empty and left out.
[[nodiscard]] std::string auth_token_json(std::string_view name, std::string_view expire_time = {},
                                          std::string_view new_session_expire_time = {});

// {"error": {"code": 400, "message": "...", "status": "INVALID_ARGUMENT"}}
[[nodiscard]] std::string http_error_json(int code, std::string_view message,
                                          std::string_view status);

// What counts of a client's setup under a token that pins `token_setup` (an object as in
// AuthTokenRequest). No mask: the token's settings replace the client's, its handle excepted. With
// one: only the masked fields do, and those that the token's setup lacks go back to their defaults.
[[nodiscard]] Result<Setup, WireError> pinned_setup(const Setup& client,
                                                    std::string_view token_setup,
                                                    std::span<const std::string> mask);

}  // namespace livegate::proto
