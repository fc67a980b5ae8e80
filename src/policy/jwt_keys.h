// The keys that JSON Web Tokens are checked with, each for one algorithm: RFC 7517, 7518, 8037.
//
// Decides which keys are good enough and which one a token's header means. Its algorithm is the
// key's, never the header's: HS256 with somebody's public key as the secret finds no key. Leaves
// where keys come from, and when, to the server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace livegate::policy {

enum class JwtAlgorithm : std::uint8_t { hs256, rs256, es256, eddsa };
// "RS256"; false: no algorithm that is taken. "none" is not.
[[nodiscard]] bool read_algorithm(std::string_view name, JwtAlgorithm& out);

class JwtKeys {
 public:
  // Secrets (kty oct) are taken from a file alone: what stands at a URL is public.
  enum class Source : bool { file, url };
  // One JWK or a set of them. In a set, keys for other uses or algorithms, too weak ones, and those
  // whose `kid` has come before are left out; one without any key left is an error, as a lone key
  // that is left out. The error is one sentence, without anything of the text.
  [[nodiscard]] static Result<JwtKeys, std::string> from_json(std::string_view text, Source source);
  // A public key in PEM, for RS256, ES256 or EdDSA, as it is.
  [[nodiscard]] static Result<JwtKeys, std::string> from_pem(std::string_view text);
  // What a file holds: JSON, or PEM.
  [[nodiscard]] static Result<JwtKeys, std::string> from_file_text(std::string_view text);

  struct Key;
  // Null: none. A key without a `kid` is for tokens of any. A token without one means the only key
  // of its algorithm. The key lives as long as this and its copies.
  [[nodiscard]] const Key* find(std::string_view kid, JwtAlgorithm algorithm) const;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  // Those of `other` too, unless their `kid` is here already.
  void add(const JwtKeys& other);

 private:
  friend class JwkReader;
  void take(std::shared_ptr<const Key> key);
  std::vector<std::shared_ptr<const Key>> keys_;
};

// The whole cost of a forged token. `signature`: as in RFC 7518, for ES256 r and s of 32 bytes.
[[nodiscard]] bool signature_holds(const JwtKeys::Key& key, std::string_view text,
                                   std::string_view signature);

}  // namespace livegate::policy
