// Tokens and keys that are made to get in, or to cost.
#include <gtest/gtest.h>

#include "base/identity_limits.h"
#include "policy/jwt.h"
#include "policy/jwt_testing.h"

namespace livegate::policy {
namespace {

constexpr std::chrono::seconds kNow{1'800'000'000};
constexpr std::string_view kClaims = R"({"iss":"i","aud":"a","sub":"mallory","exp":1800000600})";

class Hostile : public testing::Test {
 protected:
  [[nodiscard]] JwtRefusal refusal(std::string_view token, const JwtKeys& keys) const {
    const auto read = read_jwt(token, keys, {.issuer = "i", .audience = "a"}, kNow);
    EXPECT_FALSE(read) << token;
    return read ? JwtRefusal::claims : read.error();
  }
  [[nodiscard]] JwtRefusal refusal(std::string_view token) const { return refusal(token, keys_); }
  // Signed as it should be.
  [[nodiscard]] std::string genuine(std::string_view header) const {
    return signed_jwt(key_, header, kClaims);
  }

  TestKey key_{"ES256"};
  JwtKeys keys_ = *JwtKeys::from_json(key_.jwk("k"), JwtKeys::Source::url);
  const std::string good_ = genuine(R"({"alg":"ES256","kid":"k"})");
};

TEST_F(Hostile, the_token_that_the_others_are_made_from_gets_in) {
  EXPECT_TRUE(read_jwt(good_, keys_, {.issuer = "i", .audience = "a"}, kNow));
}

TEST_F(Hostile, an_unsigned_token_does_not_get_in) {
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string text =
        unsigned_jwt(R"({"kid":"k","alg":")" + std::string(none) + R"("})", kClaims);
    EXPECT_EQ(refusal(text + "."), JwtRefusal::algorithm) << none;
    EXPECT_EQ(refusal(text + ".AAAA"), JwtRefusal::algorithm) << none;
  }
  for (const char* header :
       {R"({"kid":"k"})", R"({"alg":1})", R"({"alg":null})", R"({"alg":["ES256"]})",
        R"({"alg":"es256"})", R"({"alg":"ES256 "})", R"({"alg":"PS256"})"}) {
    EXPECT_EQ(refusal(genuine(header)), JwtRefusal::algorithm) << header;
  }
  EXPECT_EQ(refusal(unsigned_jwt(R"({"alg":"ES256","kid":"k"})", kClaims) + "."),
            JwtRefusal::signature);
}

TEST_F(Hostile, a_public_key_is_no_secret_of_hs256) {
  const TestKey rsa("RS256");
  for (const auto& keys : {*JwtKeys::from_json(rsa.jwk("k"), JwtKeys::Source::url),
                           *JwtKeys::from_file_text(rsa.pem())}) {
    for (const std::string& secret : {rsa.pem(), rsa.jwk("k")}) {
      for (const char* header : {R"({"alg":"HS256","kid":"k"})", R"({"alg":"HS256"})"}) {
        const std::string text = unsigned_jwt(header, kClaims);
        EXPECT_EQ(refusal(text + "." + base64url(hmac(secret, text)), keys),
                  JwtRefusal::unknown_key);
      }
    }
  }
}

TEST_F(Hostile, a_key_that_the_token_brings_along_is_not_used) {
  const TestKey own("ES256");
  const std::string header = R"({"alg":"ES256","kid":"k","jwk":)" + own.jwk("k") +
                             R"(,"jku":"https://evil.example/keys"})";
  EXPECT_EQ(refusal(signed_jwt(own, header, kClaims)), JwtRefusal::signature);
}

TEST_F(Hostile, a_kid_is_a_name_and_nothing_else) {
  for (const char* kid : {"../../dev/null", "k' OR '1'='1", "k\\u0000", "K", "k ", "/dev/null"}) {
    const std::string header = R"({"alg":"ES256","kid":")" + std::string(kid) + R"("})";
    EXPECT_EQ(refusal(genuine(header)), JwtRefusal::unknown_key) << kid;
  }
  for (const std::string& kid : {std::string("\"\""), std::string("1"), std::string("null"),
                                 std::string(R"(["k"])"), '"' + std::string(257, 'k') + '"'}) {
    EXPECT_EQ(refusal(genuine(R"({"alg":"ES256","kid":)" + kid + "}")), JwtRefusal::malformed);
  }
}

TEST_F(Hostile, a_token_of_more_than_8_kib_is_not_even_parsed) {
  ASSERT_EQ(limits::kJwtBytesMax, 8U * 1024);
  const std::string claims = std::string(kClaims.substr(0, kClaims.size() - 1)) + R"(,"x":")" +
                             std::string(limits::kJwtBytesMax, 'x') + "\"}";
  EXPECT_EQ(refusal(signed_jwt(key_, R"({"alg":"ES256","kid":"k"})", claims)),
            JwtRefusal::malformed);
}

TEST_F(Hostile, a_member_that_comes_twice_is_refused_at_every_level) {
  for (const char* header : {R"({"alg":"none","alg":"ES256","kid":"k"})",
                             R"({"alg":"ES256","kid":"k","\u0061lg":"none"})"}) {
    EXPECT_EQ(refusal(genuine(header)), JwtRefusal::malformed) << header;
  }
  for (const char* claims :
       {R"({"iss":"i","aud":"a","sub":"alice","sub":"mallory","exp":1800000600})",
        R"({"iss":"i","aud":"a","sub":"m","exp":1800000600,"l":{"sessions":1,"sessions":9}})",
        R"({"iss":"i","aud":"a","sub":"m","exp":1800000600,"l":[{"x":1,"x":2}]})"}) {
    EXPECT_EQ(refusal(signed_jwt(key_, R"({"alg":"ES256","kid":"k"})", claims)),
              JwtRefusal::malformed);
  }
  EXPECT_FALSE(
      JwtKeys::from_json(R"({"keys":[],"keys":[)" + key_.jwk("k") + "]}", JwtKeys::Source::url));
}

TEST_F(Hostile, a_token_has_one_spelling) {
  const std::size_t last = good_.rfind('.');
  EXPECT_EQ(refusal(good_ + "=="), JwtRefusal::malformed);
  EXPECT_EQ(refusal(good_ + "="), JwtRefusal::malformed);
  EXPECT_EQ(refusal(good_ + " "), JwtRefusal::malformed);
  EXPECT_EQ(refusal(good_.substr(0, last) + "=" + good_.substr(last)), JwtRefusal::malformed);
  // 64 bytes leave four bits of the last character without use.
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string other = good_;
  other.back() = kAlphabet[kAlphabet.find(other.back()) ^ 1U];
  EXPECT_EQ(refusal(other), JwtRefusal::malformed);
  for (const char* alphabet : {"+", "/"}) {
    EXPECT_EQ(
        refusal(good_.substr(0, good_.size() - 4) + alphabet + good_.substr(good_.size() - 3)),
        JwtRefusal::malformed);
  }
}

TEST_F(Hostile, what_is_not_three_parts_is_no_token) {
  for (const std::string& text :
       {std::string("."), std::string(".."), std::string("..."), std::string(), good_ + ".",
        "." + good_, good_.substr(0, good_.rfind('.')), std::string("e30.e30."),
        std::string("bnVsbA.e30.AAAA"), std::string("W10.e30.AAAA")}) {
    const auto read = read_jwt(text, keys_, {.issuer = "i", .audience = "a"}, kNow);
    EXPECT_FALSE(read) << text;
  }
}

TEST_F(Hostile, an_es256_signature_in_der_is_refused_and_so_are_zeros) {
  const std::string text = unsigned_jwt(R"({"alg":"ES256","kid":"k"})", kClaims);
  EXPECT_EQ(refusal(text + "." + base64url(key_.raw_signature(text))), JwtRefusal::signature);
  for (const std::size_t size : {std::size_t{63}, std::size_t{64}, std::size_t{65}}) {
    EXPECT_EQ(refusal(text + "." + base64url(std::string(size, '\0'))), JwtRefusal::signature);
  }
  EXPECT_EQ(refusal(text + "." + base64url(std::string(64, '\xff'))), JwtRefusal::signature);
}

TEST_F(Hostile, a_changed_claim_breaks_the_signature) {
  const std::string signature = good_.substr(good_.rfind('.'));
  const std::string other = unsigned_jwt(R"({"alg":"ES256","kid":"k"})",
                                         R"({"iss":"i","aud":"a","sub":"alice","exp":1800000600})");
  EXPECT_EQ(refusal(other + signature), JwtRefusal::signature);
}

TEST_F(Hostile, json_that_nests_deep_is_refused_in_header_claims_and_keys) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  EXPECT_EQ(refusal(genuine(R"({"alg":"ES256","kid":"k","x":)" + deep + "}")),
            JwtRefusal::malformed);
  EXPECT_EQ(refusal(signed_jwt(key_, R"({"alg":"ES256","kid":"k"})", R"({"x":)" + deep + "}")),
            JwtRefusal::malformed);
  EXPECT_FALSE(JwtKeys::from_json(R"({"keys":[],"x":)" + deep + "}", JwtKeys::Source::url));
}

TEST_F(Hostile, what_a_header_says_is_critical_is_not_passed_over) {
  EXPECT_EQ(refusal(genuine(R"({"alg":"ES256","kid":"k","crit":["b64"],"b64":false})")),
            JwtRefusal::malformed);
  EXPECT_EQ(refusal(genuine(R"({"alg":"ES256","kid":"k","typ":"logout+jwt"})")),
            JwtRefusal::malformed);
}

TEST(JwtKeySet, keys_that_are_weak_or_for_something_else_are_left_out) {
  const TestKey good("EdDSA");
  const std::string weak_rsa = TestKey("RS256", 1024).jwk("r");
  const std::string secret =
      R"({"kty":"oct","kid":"s","k":")" + base64url(std::string(32, 's')) + "\"}";
  const auto set = [](const std::string& list, JwtKeys::Source source) {
    return JwtKeys::from_json(R"({"keys":[)" + list + "]}", source);
  };
  for (const std::string& bad :
       {weak_rsa, secret, std::string(R"({"kty":"oct","k":"c2hvcnQ"})"), std::string("7"),
        std::string(R"({"kty":"OKP","crv":"X25519","x":"AAAA"})"),
        std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"),
        std::string(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"),
        // A point that is not on the curve.
        R"({"kty":"EC","crv":"P-256","x":")" + base64url(std::string(32, '\1')) + R"(","y":")" +
            base64url(std::string(32, '\1')) + "\"}",
        std::string(R"({"kty":"RSA","n":"","e":""})"), std::string("{}")}) {
    EXPECT_FALSE(set(bad, JwtKeys::Source::url)) << bad;
    const auto both = set(bad + "," + good.jwk("g"), JwtKeys::Source::url);
    ASSERT_TRUE(both) << bad;
    EXPECT_EQ(both->size(), 1U) << bad;
  }
  EXPECT_TRUE(set(secret, JwtKeys::Source::file));
  std::string encryption = good.jwk("g");
  encryption.replace(encryption.find("\"sig\""), 5, "\"enc\"");
  EXPECT_FALSE(set(encryption, JwtKeys::Source::url));
  const std::string other = R"({"alg":"RS256",)" + good.jwk("g").substr(1);
  EXPECT_FALSE(set(other, JwtKeys::Source::url));
}

TEST(JwtKeySet, a_set_that_is_too_large_is_refused_and_one_with_too_many_keys_cut) {
  EXPECT_FALSE(
      JwtKeys::from_json(std::string(limits::kJwksBytesMax + 1, ' '), JwtKeys::Source::url));
  const TestKey key("EdDSA");
  std::string list;
  for (std::size_t i = 0; i < limits::kJwtKeysMax + 9; ++i) {
    list += (list.empty() ? "" : ",") + key.jwk("k" + std::to_string(i));
  }
  const auto keys = JwtKeys::from_json(R"({"keys":[)" + list + "]}", JwtKeys::Source::url);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), limits::kJwtKeysMax);
}

TEST(JwtKeySet, a_token_without_a_kid_means_the_only_key_of_its_algorithm) {
  const TestKey one("EdDSA");
  const TestKey two("EdDSA");
  const std::string token = signed_jwt(two, R"({"alg":"EdDSA"})", kClaims);
  const JwtRules rules{.issuer = "i", .audience = "a"};
  const auto alone = JwtKeys::from_json(two.jwk("2"), JwtKeys::Source::url);
  EXPECT_TRUE(read_jwt(token, *alone, rules, kNow));
  const auto both = JwtKeys::from_json(R"({"keys":[)" + one.jwk("1") + "," + two.jwk("2") + "]}",
                                       JwtKeys::Source::url);
  const auto read = read_jwt(token, *both, rules, kNow);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), JwtRefusal::unknown_key);
}

}  // namespace
}  // namespace livegate::policy
