// Keys and tokens for tests: made by OpenSSL, signed as an issuer does.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "base/check.h"

namespace livegate::policy {

inline std::string base64url(std::string_view bytes) {
  std::string text(base64::encoded_size(bytes.size()), '\0');
  base64::encode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, text.data());
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

// A pair of "RS256", "ES256" or "EdDSA".
class TestKey {
 public:
  explicit TestKey(std::string algorithm, unsigned int rsa_bits = 2048)
      : algorithm_(std::move(algorithm)) {
    EVP_PKEY* made = algorithm_ == "RS256"   ? EVP_RSA_gen(rsa_bits)
                     : algorithm_ == "ES256" ? EVP_EC_gen("P-256")
                                             : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    LIVEGATE_CHECK(made != nullptr);
    key_.reset(made, EVP_PKEY_free);
  }

  // What EVP makes: DER for ES256.
  [[nodiscard]] std::string raw_signature(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    const EVP_MD* const digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    LIVEGATE_CHECK(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1);
    LIVEGATE_CHECK(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
    std::string signature(size, '\0');
    LIVEGATE_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                  &size, bytes, text.size()) == 1);
    signature.resize(size);
    return signature;
  }

  [[nodiscard]] std::string signature(std::string_view text) const {
    const std::string raw = raw_signature(text);
    if (algorithm_ != "ES256") return raw;
    const auto* at = reinterpret_cast<const unsigned char*>(raw.data());
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> point(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(raw.size())), ECDSA_SIG_free);
    std::string both(64, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(both.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(point.get()), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(point.get()), out + 32, 32);
    return both;
  }

  [[nodiscard]] std::string jwk(std::string_view kid) const {
    const std::string head = R"({"kid":")" + std::string(kid) + R"(","use":"sig",)";
    if (algorithm_ == "RS256") {
      return head + R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
             number(OSSL_PKEY_PARAM_RSA_E) + R"("})";
    }
    if (algorithm_ == "ES256") {
      return head + R"("kty":"EC","crv":"P-256","x":")" + number(OSSL_PKEY_PARAM_EC_PUB_X, 32) +
             R"(","y":")" + number(OSSL_PKEY_PARAM_EC_PUB_Y, 32) + R"("})";
    }
    std::string x(32, '\0');
    std::size_t size = x.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
    return head + R"("kty":"OKP","crv":"Ed25519","x":")" + base64url(x) + R"("})";
  }

  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(out.get(), key_.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

 private:
  [[nodiscard]] std::string number(const char* name, std::size_t size = 0) const {
    BIGNUM* value = nullptr;
    LIVEGATE_CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
    std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(value))), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    BN_free(value);
    return base64url(bytes);
  }

  std::string algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string hmac(std::string_view secret, std::string_view text) {
  std::string mac(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac;
}

inline std::string unsigned_jwt(std::string_view header, std::string_view claims) {
  return base64url(header) + "." + base64url(claims);
}

inline std::string signed_jwt(const TestKey& key, std::string_view header,
                              std::string_view claims) {
  const std::string text = unsigned_jwt(header, claims);
  return text + "." + base64url(key.signature(text));
}

}  // namespace livegate::policy
