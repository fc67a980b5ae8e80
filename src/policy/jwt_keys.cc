#include "policy/jwt_keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/identity_limits.h"
#include "policy/jwt_json.h"
#include "policy/strict_base64url.h"

namespace livegate::policy {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Point = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::size_t kCoordinateBytes = 32;
constexpr std::size_t kSecretBytesMin = 32;  // RFC 7518, section 3.2
constexpr int kRsaBitsMin = 2048;            // section 3.3
constexpr int kRsaBitsMax = 8192;            // what a check costs grows with its square
constexpr std::size_t kRsaExponentBytesMax = 4;
constexpr std::array<std::pair<std::string_view, JwtAlgorithm>, 4> kAlgorithms = {
    {{"HS256", JwtAlgorithm::hs256},
     {"RS256", JwtAlgorithm::rs256},
     {"ES256", JwtAlgorithm::es256},
     {"EdDSA", JwtAlgorithm::eddsa}}};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Pkey made(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Pkey(key);
}

Pkey rsa_key(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > kRsaBitsMax / 8 || exponent.size() > kRsaExponentBytesMax) return nullptr;
  const Number n = number_of(modulus);
  const Number e = number_of(exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !BN_is_odd(e.get()) || BN_is_one(e.get()) || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return made("RSA", builder.get());
}

// OpenSSL refuses a point that is not on the curve.
Pkey p256_key(std::string_view x, std::string_view y) {
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) return nullptr;
  const std::string point = std::string(1, '\x04').append(x).append(y);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return made("EC", builder.get());
}

// The algorithm that a public key is good for.
bool algorithm_of(EVP_PKEY* key, JwtAlgorithm& out) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    out = JwtAlgorithm::rs256;
    const int bits = EVP_PKEY_get_bits(key);
    return bits >= kRsaBitsMin && bits <= kRsaBitsMax;
  }
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    out = JwtAlgorithm::es256;
    std::array<char, 32> group{};
    return EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == "prime256v1";
  }
  out = JwtAlgorithm::eddsa;
  return EVP_PKEY_is_a(key, "ED25519") == 1;
}

bool hmac_holds(std::string_view secret, std::string_view text, std::string_view signature) {
  std::array<unsigned char, 32> mac{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text),
           text.size(), mac.data(), &size) == nullptr) {
    return false;
  }
  return signature.size() == mac.size() &&
         CRYPTO_memcmp(mac.data(), signature.data(), mac.size()) == 0;
}

// r and s, as OpenSSL wants them.
std::string der_of(std::string_view signature) {
  const Point point(ECDSA_SIG_new());
  Number r = number_of(signature.substr(0, kCoordinateBytes));
  Number s = number_of(signature.substr(kCoordinateBytes));
  if (!point || !r || !s || ECDSA_SIG_set0(point.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(point.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

struct JwtKeys::Key {
  JwtAlgorithm algorithm{};
  std::string kid;  // empty: for tokens of any
  std::string secret;
  Pkey pkey;  // null: a secret
};

bool read_algorithm(std::string_view name, JwtAlgorithm& out) {
  const auto* const found =
      std::ranges::find(kAlgorithms, name, &std::pair<std::string_view, JwtAlgorithm>::first);
  if (found == kAlgorithms.end()) return false;
  out = found->second;
  return true;
}

class JwkReader {
 public:
  explicit JwkReader(JwtKeys::Source source) : source_(source) {}

  // False: left out.
  bool take(const simdjson::dom::object& jwk, JwtKeys& keys) {
    auto key = std::make_shared<JwtKeys::Key>();
    key->kid = text_of(jwk, "kid");
    if (has(jwk, "use") && text_of(jwk, "use") != "sig") return false;
    if (key->kid.size() > limits::kJwtKidBytesMax) return false;
    if (!(text_of(jwk, "kty") == "oct" ? secret(jwk, *key) : public_key(jwk, *key))) return false;
    JwtAlgorithm said = key->algorithm;
    if (has(jwk, "alg") && !read_algorithm(text_of(jwk, "alg"), said)) return false;
    if (said != key->algorithm) return false;
    const std::size_t before = keys.size();
    keys.take(std::move(key));
    return keys.size() > before;
  }

 private:
  static std::string bytes(const simdjson::dom::object& jwk, std::string_view name) {
    return decode_base64url(text_of(jwk, name)).value_or("");
  }
  bool secret(const simdjson::dom::object& jwk, JwtKeys::Key& key) const {
    key.algorithm = JwtAlgorithm::hs256;
    key.secret = bytes(jwk, "k");
    return source_ == JwtKeys::Source::file && key.secret.size() >= kSecretBytesMin;
  }
  static bool public_key(const simdjson::dom::object& jwk, JwtKeys::Key& key) {
    const std::string_view type = text_of(jwk, "kty");
    const std::string_view curve = text_of(jwk, "crv");
    if (type == "RSA") {
      key.pkey = rsa_key(bytes(jwk, "n"), bytes(jwk, "e"));
    } else if (type == "EC" && curve == "P-256") {
      key.pkey = p256_key(bytes(jwk, "x"), bytes(jwk, "y"));
    } else if (type == "OKP" && curve == "Ed25519") {
      const std::string x = bytes(jwk, "x");
      key.pkey.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()));
    }
    ERR_clear_error();
    return key.pkey != nullptr && algorithm_of(key.pkey.get(), key.algorithm);
  }

  JwtKeys::Source source_;
};

void JwtKeys::take(std::shared_ptr<const Key> key) {
  const bool twin = std::ranges::any_of(keys_, [&](const auto& other) {
    return other->kid == key->kid && (!key->kid.empty() || other->algorithm == key->algorithm);
  });
  if (!twin && keys_.size() < limits::kJwtKeysMax) keys_.push_back(std::move(key));
}

void JwtKeys::add(const JwtKeys& other) {
  for (const auto& key : other.keys_) take(key);
}

Result<JwtKeys, std::string> JwtKeys::from_json(std::string_view text, Source source) {
  if (text.size() > limits::kJwksBytesMax) {
    return Unexpected{"the keys are more than " + std::to_string(limits::kJwksBytesMax) +
                      " bytes."};
  }
  JwtJson json;
  const auto root = json.object(text);
  if (!root) return Unexpected{std::string("the keys are no JSON object, or name a member twice.")};
  JwtKeys keys;
  JwkReader reader(source);
  simdjson::dom::array list;
  if (root->at_key("keys").get(list) == simdjson::SUCCESS) {
    for (const auto one : list) {
      simdjson::dom::object jwk;
      if (one.get(jwk) == simdjson::SUCCESS) static_cast<void>(reader.take(jwk, keys));
    }
  } else {
    static_cast<void>(reader.take(*root, keys));
  }
  if (keys.size() == 0) {
    return Unexpected{std::string(
        "there is no key for HS256 (32 bytes at least, from a file alone), RS256 (2048 to 8192 "
        "bits), ES256 (P-256) or EdDSA (Ed25519).")};
  }
  return keys;
}

Result<JwtKeys, std::string> JwtKeys::from_pem(std::string_view text) {
  const std::unique_ptr<BIO, Freed<BIO_free>> in(
      BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), limits::kJwksBytesMax))));
  auto key = std::make_shared<Key>();
  if (in) key->pkey.reset(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!key->pkey || !algorithm_of(key->pkey.get(), key->algorithm)) {
    return Unexpected{std::string(
        "there is no public key in PEM for RS256 (2048 to 8192 bits), ES256 (P-256) or EdDSA "
        "(Ed25519).")};
  }
  JwtKeys keys;
  keys.take(std::move(key));
  return keys;
}

Result<JwtKeys, std::string> JwtKeys::from_file_text(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const bool json = begin != std::string_view::npos && text[begin] == '{';
  return json ? from_json(text, Source::file) : from_pem(text);
}

const JwtKeys::Key* JwtKeys::find(std::string_view kid, JwtAlgorithm algorithm) const {
  const Key* found = nullptr;
  for (const auto& key : keys_) {
    if (!kid.empty() && key->kid == kid) return key->algorithm == algorithm ? key.get() : nullptr;
    if (key->algorithm != algorithm || (!kid.empty() && !key->kid.empty())) continue;
    if (found != nullptr) return nullptr;  // which one is not said
    found = key.get();
  }
  return found;
}

bool signature_holds(const JwtKeys::Key& key, std::string_view text, std::string_view signature) {
  if (key.algorithm == JwtAlgorithm::hs256) return hmac_holds(key.secret, text, signature);
  std::string der;
  if (key.algorithm == JwtAlgorithm::es256) {
    if (signature.size() != 2 * kCoordinateBytes) return false;
    der = der_of(signature);
    signature = der;
  }
  const Digest context(EVP_MD_CTX_new());
  const EVP_MD* const digest = key.algorithm == JwtAlgorithm::eddsa ? nullptr : EVP_sha256();
  const bool holds =
      context &&
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.pkey.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                       text.size()) == 1;
  ERR_clear_error();
  return holds;
}

}  // namespace livegate::policy
