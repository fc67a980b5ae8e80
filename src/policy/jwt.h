// What a JSON Web Token (RFC 7519) is worth: whether it is genuine, meant for us and in force, and
// what it says of its user.
//
// Decides in an order that makes forgeries cheap: size, form, header, key, one signature check; the
// claims are read after that. Takes signed tokens alone, with the algorithm of the key. Leaves
// keys' origin, revocation and the words for clients' wires to the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/claimed_limits.h"
#include "policy/jwt_keys.h"

namespace livegate::policy {

struct JwtRules {
  std::string issuer;    // `iss` is exactly this
  std::string audience;  // `aud` is, or has, this
  std::chrono::seconds skew{30};
  std::chrono::seconds lifetime_max{24 * 3600};
  // Names of claims; empty ones are not looked at.
  std::string user_claim = "sub";
  std::string model_claim;
  std::string voice_claim;
  std::string instruction_claim;
  std::string limits_claim;  // an object, with ClaimedLimits' names
};

struct JwtClaims {
  std::string user;
  std::string jti;  // may be empty, as the pins
  std::string model;
  std::string voice;
  std::string instruction;
  ClaimedLimits limits;
  std::chrono::seconds expires_at{};  // since 1970
};

enum class JwtRefusal : std::uint8_t {
  malformed,
  algorithm,    // none that is taken
  unknown_key,  // no key of this `kid` and algorithm: perhaps a new one
  signature,
  issuer,
  audience,
  expired,
  not_yet,
  lifetime,
  claims,  // one that we go by is missing or no such value
};
// One sentence for the client and the log; says nothing of the token.
[[nodiscard]] std::string_view sentence_of(JwtRefusal refusal);

// Two dots: what no other token of ours has.
[[nodiscard]] bool looks_like_jwt(std::string_view token);

// `now` since 1970.
[[nodiscard]] Result<JwtClaims, JwtRefusal> read_jwt(std::string_view token, const JwtKeys& keys,
                                                     const JwtRules& rules,
                                                     std::chrono::seconds now);

}  // namespace livegate::policy
