// What a request to the offline assistant asks for: which paths are the Live API's, and whether its
// key is right.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/redacted.h"
#include "net/http.h"
#include "offline/live_session.h"

namespace livegate::offline {

// The API version in the path of a Live API upgrade: "v1", "v1beta" or "v1alpha". Any prefix is
// fine, and so is a doubled slash: two of the official SDKs send one. Nothing for another path.
[[nodiscard]] std::optional<std::string> live_api_version(std::string_view path);

// The key is taken from `?key=` or from the header x-goog-api-key; either will do. Passed if
// `wanted` is empty.
[[nodiscard]] KeyCheck check_key(const net::HttpRequest& request, const Redacted& wanted);

}  // namespace livegate::offline
