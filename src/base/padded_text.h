// Text with spare readable bytes behind it, as the JSON reader wants it.
//
// simdjson reads in strides and may look (never write) up to kTextPadding bytes past the end of
// what it parses. Receive buffers keep that room, so a message is parsed where it arrived, without
// a copy.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace livegate {

inline constexpr std::size_t kTextPadding = 64;

// A view of a message whose storage has kTextPadding readable bytes behind the end. Whatever those
// bytes hold does not matter. Valid only during the call it is passed to.
class PaddedText {
 public:
  // The caller promises the padding. Use PaddedString where there is none.
  static PaddedText promise(std::string_view text) { return PaddedText(text); }
  [[nodiscard]] std::string_view view() const { return text_; }
  [[nodiscard]] const char* data() const { return text_.data(); }
  [[nodiscard]] std::size_t size() const { return text_.size(); }

 private:
  explicit PaddedText(std::string_view text) : text_(text) {}
  std::string_view text_;
};

// Owns a copy with padding: for messages put together from pieces, and for tests.
class PaddedString {
 public:
  PaddedString() { assign({}); }
  explicit PaddedString(std::string_view text) { assign(text); }
  void assign(std::string_view text) {
    storage_.reserve(text.size() + kTextPadding);
    storage_.assign(text);
    storage_.append(kTextPadding, '\0');
  }
  [[nodiscard]] PaddedText text() const {
    return PaddedText::promise({storage_.data(), storage_.size() - kTextPadding});
  }

 private:
  std::string storage_;
};

}  // namespace livegate
