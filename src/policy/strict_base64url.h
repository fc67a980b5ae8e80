// Base64 as JSON Web Tokens have it (RFC 7515, section 2): the URL alphabet, no padding, and one
// spelling for each content, so that a token has one text and its hash in a list means it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace livegate::policy {

[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace livegate::policy
