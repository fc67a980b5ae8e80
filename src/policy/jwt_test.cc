#include "policy/jwt.h"

#include <gtest/gtest.h>

#include "policy/jwt_testing.h"
#include "policy/strict_base64url.h"

namespace livegate::policy {
namespace {

constexpr std::chrono::seconds kNow{1'800'000'000};
constexpr std::string_view kClaims =
    R"({"iss":"https://id.example","aud":"livegate","sub":"alice","exp":1800000600,"jti":"j1"})";

JwtRules rules() {
  JwtRules rules;
  rules.issuer = "https://id.example";
  rules.audience = "livegate";
  return rules;
}

std::string header(std::string_view algorithm, std::string_view kid) {
  return R"({"typ":"JWT","alg":")" + std::string(algorithm) + R"(","kid":")" + std::string(kid) +
         R"("})";
}

// Of keys and claims that are as they should be; the claims are what differs.
class Claims : public testing::Test {
 protected:
  [[nodiscard]] Result<JwtClaims, JwtRefusal> read(std::string_view claims,
                                                   const JwtRules& by = rules()) const {
    return read_jwt(signed_jwt(key_, header("EdDSA", "k"), claims), keys_, by, kNow);
  }
  [[nodiscard]] JwtRefusal refusal(const std::string& members) const {
    const auto read_claims =
        read(R"({"iss":"https://id.example","aud":"livegate",)" + members + "}");
    EXPECT_FALSE(read_claims) << members;
    return read_claims ? JwtRefusal::malformed : read_claims.error();
  }
  TestKey key_{"EdDSA"};
  JwtKeys keys_ = *JwtKeys::from_json(key_.jwk("k"), JwtKeys::Source::url);
};

TEST(Jwt, a_token_of_each_algorithm_names_its_user) {
  for (const char* algorithm : {"RS256", "ES256", "EdDSA"}) {
    const TestKey key(algorithm);
    const auto from_set =
        JwtKeys::from_json(R"({"keys":[)" + key.jwk("k1") + "]}", JwtKeys::Source::url);
    const auto from_pem = JwtKeys::from_file_text(key.pem());
    ASSERT_TRUE(from_set) << from_set.error();
    ASSERT_TRUE(from_pem) << from_pem.error();
    const std::string token = signed_jwt(key, header(algorithm, "k1"), kClaims);
    for (const JwtKeys& keys : {*from_set, *from_pem}) {
      const auto claims = read_jwt(token, keys, rules(), kNow);
      ASSERT_TRUE(claims) << algorithm << sentence_of(claims.error());
      EXPECT_EQ(claims->user, "alice");
      EXPECT_EQ(claims->jti, "j1");
      EXPECT_EQ(claims->expires_at, std::chrono::seconds(1'800'000'600));
    }
  }
}

// RFC 7515, appendix A.1.
TEST(Jwt, the_hs256_example_of_rfc_7515_is_genuine) {
  const auto keys = JwtKeys::from_file_text(
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})");
  ASSERT_TRUE(keys) << keys.error();
  JwtAlgorithm hs256{};
  ASSERT_TRUE(read_algorithm("HS256", hs256));
  const std::string text =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
      "cnVlfQ";
  const std::string mac = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_TRUE(signature_holds(*keys->find("", hs256), text, *decode_base64url(mac)));
  // ... and, being of another issuer, lets nobody in.
  const auto read = read_jwt(text + "." + mac, *keys, rules(), kNow);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), JwtRefusal::issuer);
}

// RFC 8037, appendix A.4 and A.5.
TEST(Jwt, the_ed25519_example_of_rfc_8037_is_genuine) {
  const auto keys = JwtKeys::from_json(
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
      JwtKeys::Source::url);
  ASSERT_TRUE(keys) << keys.error();
  JwtAlgorithm eddsa{};
  ASSERT_TRUE(read_algorithm("EdDSA", eddsa));
  const auto* const key = keys->find("", eddsa);
  ASSERT_NE(key, nullptr);
  const std::string text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string signature = *decode_base64url(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_TRUE(signature_holds(*key, text, signature));
  EXPECT_FALSE(signature_holds(*key, text + "x", signature));
}

TEST_F(Claims, pin_model_voice_and_instruction_where_the_rules_name_them) {
  JwtRules by = rules();
  by.user_claim = "email";
  by.model_claim = "m";
  by.voice_claim = "v";
  by.instruction_claim = "i";
  by.limits_claim = "limits";
  const auto claims = read(
      R"({"iss":"https://id.example","aud":["x","livegate"],"email":"a@b","exp":1800000600.5,
          "m":"models/m","v":"Kore","i":"Say \"hi\".\n","limits":{"sessions":2,"audio_rate":1.5,
          "budget_usd_per_day":0,"other":1}})",
      by);
  ASSERT_TRUE(claims) << sentence_of(claims.error());
  EXPECT_EQ(claims->user, "a@b");
  EXPECT_EQ(claims->model, "models/m");
  EXPECT_EQ(claims->voice, "Kore");
  EXPECT_EQ(claims->instruction, "Say \"hi\".\n");
  EXPECT_EQ(claims->limits.sessions, 2U);
  EXPECT_EQ(claims->limits.audio_rate, 1.5);
  EXPECT_EQ(claims->limits.budget_usd_per_day, 0.0);
  EXPECT_FALSE(claims->limits.session_minutes);
}

TEST_F(Claims, a_pin_or_limit_that_cannot_be_read_lets_nobody_in) {
  JwtRules by = rules();
  by.voice_claim = "v";
  by.limits_claim = "l";
  for (const char* wrong :
       {R"("v":1)", R"("v":"")", R"("v":null)", R"("v":{})", R"("l":[])", R"("l":{"sessions":-1})",
        R"("l":{"sessions":"2"})", R"("l":{"sessions":1.5})", R"("l":{"audio_rate":-1})",
        R"("l":{"budget_usd_per_day":null})"}) {
    const auto claims =
        read(R"({"iss":"https://id.example","aud":"livegate","sub":"a","exp":1800000600,)" +
                 std::string(wrong) + "}",
             by);
    ASSERT_FALSE(claims) << wrong;
    EXPECT_EQ(claims.error(), JwtRefusal::claims) << wrong;
  }
}

TEST_F(Claims, issuer_and_audience_are_the_ones_that_are_trusted) {
  for (const char* members :
       {R"("iss":"https://id.example/","aud":"livegate")", R"("aud":"livegate")",
        R"("iss":["https://id.example"],"aud":"livegate")"}) {
    const auto claims = read("{" + std::string(members) + R"(,"sub":"a","exp":1800000600})");
    ASSERT_FALSE(claims) << members;
    EXPECT_EQ(claims.error(), JwtRefusal::issuer) << members;
  }
  for (const char* audience : {R"("aud":"other",)", R"("aud":["other"],)", R"("aud":[],)", "",
                               R"("aud":{"livegate":1},)", R"("aud":[["livegate"]],)"}) {
    const auto claims = read(R"({"iss":"https://id.example",)" + std::string(audience) +
                             R"("sub":"a","exp":1800000600})");
    ASSERT_FALSE(claims) << audience;
    EXPECT_EQ(claims.error(), JwtRefusal::audience) << audience;
  }
}

TEST_F(Claims, without_a_trusted_issuer_or_audience_nobody_gets_in) {
  for (const char* claims :
       {R"({"iss":"","aud":"","sub":"a","exp":1800000600})", R"({"sub":"a","exp":1800000600})"}) {
    EXPECT_FALSE(read(claims, JwtRules{}));
    EXPECT_FALSE(read(claims, JwtRules{.audience = "livegate"}));
  }
  EXPECT_FALSE(read(R"({"iss":"i","aud":"","sub":"a","exp":1800000600})", {.issuer = "i"}));
}

TEST_F(Claims, a_token_counts_from_nbf_to_exp_with_the_skew_at_both_ends) {
  const auto counts = [this](const std::string& times) {
    return read(R"({"iss":"https://id.example","aud":"livegate","sub":"a",)" + times + "}")
        .has_value();
  };
  EXPECT_TRUE(counts(R"("exp":1799999971)"));
  EXPECT_EQ(refusal(R"("sub":"a","exp":1799999970)"), JwtRefusal::expired);
  EXPECT_TRUE(counts(R"("exp":1800000600,"nbf":1800000030)"));
  EXPECT_EQ(refusal(R"("sub":"a","exp":1800000600,"nbf":1800000031)"), JwtRefusal::not_yet);
  EXPECT_EQ(refusal(R"("sub":"a","exp":1800000600,"iat":1800000031)"), JwtRefusal::not_yet);
}

TEST_F(Claims, exp_is_a_number_that_a_calendar_has) {
  for (const char* wrong : {"\"1800000600\"", "-1", "1e300", "-1e300", "1e12", "null", "true", "[]",
                            "18446744073709551615"}) {
    EXPECT_EQ(refusal(R"("sub":"a","exp":)" + std::string(wrong)), JwtRefusal::claims) << wrong;
  }
  EXPECT_EQ(refusal(R"("sub":"a")"), JwtRefusal::claims);
  EXPECT_EQ(refusal(R"("sub":"a","exp":1800000600,"nbf":"0")"), JwtRefusal::claims);
  // No number of JSON at all.
  EXPECT_EQ(refusal(R"("sub":"a","exp":NaN)"), JwtRefusal::malformed);
  EXPECT_EQ(refusal(R"("sub":"a","exp":1e999)"), JwtRefusal::malformed);
}

TEST_F(Claims, a_token_for_longer_than_allowed_is_refused) {
  EXPECT_EQ(refusal(R"("sub":"a","exp":1800086431)"), JwtRefusal::lifetime);
  EXPECT_EQ(refusal(R"("sub":"a","exp":1800000600,"iat":1799900000)"), JwtRefusal::lifetime);
  EXPECT_TRUE(read(R"({"iss":"https://id.example","aud":"livegate","sub":"a","exp":1800086400,)"
                   R"("iat":1800000000})"));
}

TEST_F(Claims, a_user_is_a_short_name_without_control_characters) {
  for (const std::string& wrong :
       {std::string(R"("sub":"")"), std::string(R"("sub":7)"), std::string(R"("sub":"a\nb")"),
        std::string(R"("sub":"\u001b")"), R"("sub":")" + std::string(129, 'a') + '"'}) {
    EXPECT_EQ(refusal(wrong + R"(,"exp":1800000600)"), JwtRefusal::claims) << wrong;
  }
}

}  // namespace
}  // namespace livegate::policy
