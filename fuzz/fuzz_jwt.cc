// JSON Web Tokens and key sets: whatever they say, nobody gets in without a signature, and a set
// has no more keys than it may. The first byte says which of the two the rest is; 2 signs it, so
// that the claims are read too.
#include <algorithm>
#include <string>

#include "base/identity_limits.h"
#include "input.h"
#include "policy/jwt.h"
#include "policy/jwt_testing.h"

using namespace livegate;

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

policy::JwtRules rules() {
  policy::JwtRules rules;
  rules.issuer = "i";
  rules.audience = "a";
  rules.voice_claim = "v";
  rules.limits_claim = "l";
  return rules;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto keys = *policy::JwtKeys::from_file_text(R"({"kty":"oct","k":")" +
                                                            policy::base64url(kSecret) + R"("})");
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::chrono::seconds now(1'800'000'000);
  if (data[0] % 3 == 0) {
    const auto set = policy::JwtKeys::from_json(text, policy::JwtKeys::Source::url);
    fuzz::require(set ? set->size() > 0 && set->size() <= limits::kJwtKeysMax
                      : !set.error().empty());
    return 0;
  }
  std::string token = text;
  if (data[0] % 3 == 2) {
    token = policy::unsigned_jwt(R"({"alg":"HS256"})", text);
    token += "." + policy::base64url(policy::hmac(kSecret, token));
  }
  const auto claims = policy::read_jwt(token, keys, rules(), now);
  if (!claims) {
    fuzz::require(!policy::sentence_of(claims.error()).empty());
    return 0;
  }
  fuzz::require(data[0] % 3 == 2 && !claims->user.empty());
  fuzz::require(claims->expires_at > now - std::chrono::seconds(31));
  return 0;
}
