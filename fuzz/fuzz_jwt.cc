// JSON Web Tokens: whatever one says, nobody gets in without a signature, and what a signed one
// says is within its bounds. The first byte says what the rest is: 0 the whole token, 1 claims,
// which are signed here.
#include <cmath>
#include <string>

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
  std::string token(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::chrono::seconds now(1'800'000'000);
  const bool is_signed = data[0] % 2 == 1;
  if (is_signed) {
    token = policy::unsigned_jwt(R"({"alg":"HS256"})", token);
    token += "." + policy::base64url(policy::hmac(kSecret, token));
  }
  const auto claims = policy::read_jwt(token, keys, rules(), now);
  if (!claims) {
    fuzz::require(!policy::sentence_of(claims.error()).empty());
    return 0;
  }
  fuzz::require(is_signed && policy::looks_like_jwt(token) && !claims->user.empty());
  fuzz::require(claims->expires_at > now - rules().skew - std::chrono::seconds(1));
  fuzz::require(claims->expires_at <= now + rules().lifetime_max + 2 * rules().skew);
  for (const auto& number : {claims->limits.audio_rate, claims->limits.budget_usd_per_day}) {
    fuzz::require(!number || (std::isfinite(*number) && *number >= 0));
  }
  return 0;
}
