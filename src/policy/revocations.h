// Who is refused before its token expires: users, JWTs by their `jti`, tokens by their SHA-256.
//
// Decides what a list may say. Leaves reading the file to the configuration.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"

namespace livegate::policy {

class Revocations {
 public:
  // A line each: "user NAME", "jti ID" or "sha256 HEX"; "#" begins a comment. The error is one
  // sentence that names the line.
  [[nodiscard]] static Result<Revocations, std::string> parse(std::string_view text);

  [[nodiscard]] bool has_user(std::string_view user) const;
  [[nodiscard]] bool has_jti(std::string_view jti) const;
  [[nodiscard]] bool has_token(std::string_view token) const;
  [[nodiscard]] std::size_t size() const { return lines_.size(); }

 private:
  std::unordered_set<std::string> lines_;  // "user NAME"
};

}  // namespace livegate::policy
