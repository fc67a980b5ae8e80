// SHA-256 of a secret: what is kept of a token once the configuration has been read.
//
// A token is long and random, so that a plain hash is enough: nobody can try all of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace livegate::policy {

using SecretHash = std::array<std::uint8_t, 32>;

[[nodiscard]] SecretHash hash_of(std::string_view secret);
// Takes the same time whichever bytes differ.
[[nodiscard]] bool same_hash(const SecretHash& a, const SecretHash& b);
// 64 lower-case digits.
[[nodiscard]] std::string hex_of(const SecretHash& hash);

}  // namespace livegate::policy
