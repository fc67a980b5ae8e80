// Who is let in besides the holders of listed tokens, and who no longer. Part of Config.
#pragma once

#include <string>

#include "base/instant.h"
#include "policy/jwt.h"
#include "policy/revocations.h"

namespace livegate::config {

struct Identity {
  // [auth.jwt]
  policy::JwtRules rules;
  std::string keys_file;  // read with the configuration
  policy::JwtKeys keys;   // of keys_file
  std::string jwks_url;
  Millis jwks_refresh = 300s;  // from one answer to the next question
  Millis jwks_refetch = 10s;   // ... at least, if a token names a key that is not known
  bool end_sessions_at_expiry = false;

  // [auth]
  std::string revoked_file;  // read with the configuration
  policy::Revocations revoked;

  [[nodiscard]] bool takes_jwt() const { return !keys_file.empty() || !jwks_url.empty(); }
};

}  // namespace livegate::config
