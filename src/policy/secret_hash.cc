#include "policy/secret_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/check.h"

namespace livegate::policy {

SecretHash hash_of(std::string_view secret) {
  SecretHash hash{};
  LIVEGATE_CHECK(
      EVP_Digest(secret.data(), secret.size(), hash.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return hash;
}

bool same_hash(const SecretHash& a, const SecretHash& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string hex_of(const SecretHash& hash) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : hash) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace livegate::policy
