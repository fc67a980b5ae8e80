#include "obs/log_line.h"

#include <algorithm>
#include <cctype>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/limits.h"

namespace livegate::obs {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kCut = "...";

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7F; }

// U+0080 to U+009F: one of them begins a sequence for terminals, as ESC does.
bool is_control_pair(unsigned char c, unsigned char next) {
  return c == 0xC2 && next >= 0x80 && next <= 0x9F;
}

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(at < text.size() ? text[at] : 0);
}

// Bytes of the UTF-8 character at `at` (RFC 3629, section 4); 0 where none begins.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  const unsigned char lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const unsigned char second = byte_at(text, at + 1);
  if (lead == 0xE0 && second < 0xA0) return 0;
  if (lead == 0xED && second > 0x9F) return 0;
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second > 0x8F) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

void append_json_string(std::string& out, std::string_view text) {
  const std::string_view shown = text.substr(0, limits::kLogLineBytesMax);
  out += '"';
  for (std::size_t i = 0; i < shown.size();) {
    const unsigned char c = byte_at(shown, i);
    const std::size_t bytes = character_bytes(shown, i);
    if (bytes == 0) {
      out += "\\ufffd";
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (is_control(c) || is_control_pair(c, byte_at(shown, i + 1))) {
      const unsigned char code = c == 0xC2 ? byte_at(shown, i + 1) : c;
      out.append("\\u00").append(1, kHex[code >> 4]).append(1, kHex[code & 15]);
    } else {
      out.append(shown.substr(i, bytes));
    }
    i += bytes;
  }
  if (shown.size() < text.size()) out += kCut;
  out += '"';
}

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(",\"").append(name).append("\":");
  append_json_string(out, value);
}

// In quotes where it could be taken for more than one value.
void append_value(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(1, ' ').append(name).append(1, '=');
  const bool plain = std::ranges::all_of(value, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._:@-/+[]").find(c) != std::string_view::npos;
  });
  if (plain) {
    out += one_line(value);
    return;
  }
  out += '"';
  for (const char c : one_line(value)) {
    if (c == '"') out += '\\';
    out += c;
  }
  out += '"';
}

std::string_view color_of(std::string_view level) {
  if (level == "error") return "\x1b[31m";
  if (level == "warn" || level == "audit") return "\x1b[33m";
  return "\x1b[32m";
}

}  // namespace

std::string one_line(std::string_view text) {
  const std::string_view shown = text.substr(0, limits::kLogLineBytesMax);
  std::string out;
  out.reserve(shown.size());
  const auto escape = [&out](unsigned char c) {
    out.append("\\x").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
  };
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const unsigned char c = byte_at(shown, i);
    const unsigned char next = byte_at(shown, i + 1);
    if (is_control(c)) {
      escape(c);
    } else if (is_control_pair(c, next)) {
      escape(c);
      escape(next);
      ++i;
    } else {
      out += shown[i];
    }
  }
  if (shown.size() < text.size()) out += kCut;
  return out;
}

std::string format_line(const LogLine& line, LogFormat format, bool colored) {
  const auto ms =
      std::chrono::floor<std::chrono::milliseconds>(line.time.time_since_epoch()).count();
  const std::string time =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(ms / 1000), ms % 1000);
  std::string out;
  if (format == LogFormat::json) {
    out.append(R"({"time":")").append(time).append(R"(","level":")").append(line.level);
    out += '"';
    append_json_member(out, "session", line.subject.session);
    append_json_member(out, "client", line.subject.client);
    append_json_member(out, "user", line.subject.user);
    out += ",\"message\":";
    append_json_string(out, line.message);
    out += "}\n";
    return out;
  }
  out.append(time).append(1, ' ');
  if (colored) out += color_of(line.level);
  out += line.level;
  if (colored) out += "\x1b[0m";
  out += ' ';
  if (!line.subject.session.empty()) {
    out.append("session ").append(one_line(line.subject.session)).append(1, ' ');
  }
  out += one_line(line.message);
  append_value(out, "client", line.subject.client);
  append_value(out, "user", line.subject.user);
  out += '\n';
  return out;
}

}  // namespace livegate::obs
