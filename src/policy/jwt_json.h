// Private to this room: JSON of tokens and keys, read whole and strictly. Small texts alone.
#pragma once

#include <optional>
#include <string_view>

#include <simdjson.h>

namespace livegate::policy {

class JwtJson {
 public:
  JwtJson() = default;
  // The one object of `text`, nested limits::kJwtDepthMax at most, no member twice at any level;
  // else nothing. Lives until the next call.
  [[nodiscard]] std::optional<simdjson::dom::object> object(std::string_view text);

 private:
  simdjson::dom::parser parser_;
};

// A member that is there and a string; else empty.
[[nodiscard]] std::string_view text_of(const simdjson::dom::object& object, std::string_view name);
[[nodiscard]] bool has(const simdjson::dom::object& object, std::string_view name);

}  // namespace livegate::policy
