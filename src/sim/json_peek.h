// Looks into messages that this room or the codecs wrote, for the few values that matter here,
// without reading the whole of them: the layout is known. Not for anybody else's JSON.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livegate::sim {

// The text behind `"key":`, a blank allowed; empty if there is none.
[[nodiscard]] inline std::string_view peek_text(std::string_view json, std::string_view key,
                                                std::size_t from = 0) {
  for (std::size_t at = json.find(key, from); at != std::string_view::npos;
       at = json.find(key, at + 1)) {
    if (at == 0 || json[at - 1] != '"') continue;
    std::size_t value = at + key.size();
    if (json.substr(value, 2) != "\":") continue;
    value += json.substr(value + 2, 1) == " " ? 3 : 2;
    if (value >= json.size() || json[value] != '"') continue;
    const std::size_t end = json.find('"', value + 1);
    if (end == std::string_view::npos) return {};
    return json.substr(value + 1, end - value - 1);
  }
  return {};
}

[[nodiscard]] inline std::vector<std::string_view> peek_all(std::string_view json,
                                                            std::string_view key) {
  std::vector<std::string_view> all;
  for (std::size_t from = 0;;) {
    const std::string_view value = peek_text(json, key, from);
    if (value.empty()) return all;
    all.push_back(value);
    from = static_cast<std::size_t>(value.data() + value.size() - json.data());
  }
}

[[nodiscard]] inline std::optional<std::int64_t> peek_number(std::string_view json,
                                                             std::string_view key) {
  const std::string wanted = '"' + std::string(key) + "\":";
  std::size_t at = json.find(wanted);
  if (at == std::string_view::npos) return std::nullopt;
  at += wanted.size();
  if (at < json.size() && json[at] == ' ') ++at;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(json.data() + at, json.data() + json.size(), value);
  return code == std::errc() ? std::optional(value) : std::nullopt;
}

// Of an event of livegate.v1.
[[nodiscard]] inline std::string_view peek_type(std::string_view json) {
  constexpr std::string_view kHead = R"({"type":")";
  if (!json.starts_with(kHead)) return {};
  return json.substr(kHead.size(), json.find('"', kHead.size()) - kHead.size());
}

}  // namespace livegate::sim
