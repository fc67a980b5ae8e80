// The opening handshake's own rules (RFC 6455 section 4): keys and header values, without HTTP and
// without I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livegate::ws {

// What the server answers in Sec-WebSocket-Accept to a client's Sec-WebSocket-Key.
[[nodiscard]] std::string accept_value(std::string_view key);

// True if `key` is base64 of 16 bytes.
[[nodiscard]] bool is_valid_key(std::string_view key);

// The names in a comma-separated header, blanks trimmed, in order.
[[nodiscard]] std::vector<std::string_view> split_header(std::string_view value);
[[nodiscard]] bool header_has_token(std::string_view value,
                                    std::string_view token);  // case-insensitive

}  // namespace livegate::ws
