// Private to this room: writing JSON text, and the little that has to be known about text already
// written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace livegate::proto::json {

// Whether `text` is exactly one JSON value (RFC 8259) and valid UTF-8; and if so, why it is not
// taken all the same: above limits::kJsonDepthMax deep, or a number beyond every type.
enum class Verdict : std::uint8_t { json, not_json, too_deep, too_large };
[[nodiscard]] Verdict verdict_of(std::string_view text);

// Cuts `text` to at most `bytes_max` bytes without splitting a UTF-8 sequence.
void cut_utf8(std::string& text, std::size_t bytes_max);

void append_number(std::string& out, std::int64_t number);

enum class Layout : std::uint8_t {
  compact,
  service,  // two-space indent, as the service writes
};

// Appends JSON to a string. Inside an object every value follows its `key`; inside an array every
// value follows `element`. The caller sees to that; nothing is checked.
class Writer {
 public:
  Writer(std::string& out, Layout layout) : out_(out), indented_(layout == Layout::service) {}

  Writer& key(std::string_view name);  // any text; escaped
  Writer& element();
  void open(char bracket);   // '{' or '['
  void close(char bracket);  // '}' or ']'
  void string(std::string_view text);
  void boolean(bool value) { out_ += value ? "true" : "false"; }
  void number(std::int64_t value) { append_number(out_, value); }
  void raw(std::string_view json) { out_ += json; }

 private:
  void item();
  void newline();

  std::string& out_;
  const bool indented_;
  bool first_ = true;
  std::size_t depth_ = 0;
};

}  // namespace livegate::proto::json
