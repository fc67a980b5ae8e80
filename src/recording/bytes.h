// How an entry of a recording is written: numbers of 7 bits a byte, bytes with their runs folded.
//
// What is read may have been made by anybody: a length is believed only up to a bound.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace livegate::recording {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }
  void real(double value) { word(std::bit_cast<std::uint64_t>(value)); }
  void real(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    out_.append(reinterpret_cast<const char*>(&bits), sizeof bits);
  }
  void word(std::uint64_t value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  // Runs of one byte take no room.
  void bytes(std::string_view text) {
    number(text.size());
    for (std::size_t at = 0; at < text.size();) {
      std::size_t begin = at, run = 0;
      while (at < text.size()) {
        run = 1;
        while (at + run < text.size() && text[at + run] == text[at]) ++run;
        if (run >= kRunMin) break;
        at += run;
        run = 0;
      }
      number(at - begin);
      out_ += text.substr(begin, at - begin);
      number(run);
      if (run > 0) out_ += text[at];
      at += run;
    }
  }

 private:
  static constexpr std::size_t kRunMin = 8;
  std::string& out_;
};

// Past the end, or where something is not as it was written, everything is 0 and good() false.
class Reader {
 public:
  static constexpr std::size_t kNumberBytesMax = 10;
  // Of text, unfolded: no message is longer.
  static constexpr std::size_t kBytesMax = limits::kUpstreamMessageBytesMax;
  explicit Reader(std::string_view in) : in_(in) {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return good_ && at_ == in_.size(); }
  [[nodiscard]] std::size_t place() const { return at_; }

  // What was read cannot be.
  void refuse() { good_ = false; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  // At most `max`.
  std::uint64_t number(std::uint64_t max) {
    const std::uint64_t value = number();
    if (value > max) good_ = false;
    return good_ ? value : 0;
  }
  bool flag() { return number(1) != 0; }
  std::uint64_t word() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  void real(double& value) { value = std::bit_cast<double>(word()); }
  void real(float& value) { std::memcpy(&value, take(sizeof value), sizeof value); }
  std::string bytes() {
    const std::uint64_t size = number(kBytesMax);
    std::string text;
    while (good_ && text.size() < size) {
      const std::uint64_t literal = number();
      if (literal > size - text.size()) good_ = false;
      const char* const begin = take(literal);
      if (good_) text.append(begin, literal);
      const std::uint64_t run = number();
      if (run > size - text.size()) good_ = false;
      if (good_ && run > 0) {
        const char letter = take(1)[0];
        if (good_) text.append(run, letter);
      }
      if (literal + run == 0) good_ = false;
    }
    return good_ ? text : std::string();
  }

 private:
  const char* take(std::uint64_t count) {
    static constexpr char kNothing[16] = {};
    if (!good_ || count > in_.size() - at_) {
      good_ = false;
      return kNothing;
    }
    const char* begin = in_.data() + at_;
    at_ += count;
    return begin;
  }
  std::string_view in_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace livegate::recording
