#include "recording/mask_text.h"

#include <algorithm>
#include <charconv>

#include "ws/utf8.h"

namespace livegate::recording {
namespace {

constexpr char kLetter = 'A';

bool is_alphanumeric(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_of(Letters which, unsigned char c) {
  switch (which) {
    case Letters::all:
      return c >= 0x20 && c < 0x7f && c != '\\';
    case Letters::words:
      return c > 0x20 && c < 0x7f &&
             std::string_view("\\<>{}").find(static_cast<char>(c)) == std::string_view::npos;
    case Letters::base64:
      return is_alphanumeric(c) || c == '+' || c == '/' || c == '-' || c == '_';
    default:
      return is_alphanumeric(c);
  }
}

// The four digits of \uXXXX at `at`, behind the u; nothing where they are no such.
bool read_hex(std::string_view text, std::size_t at, unsigned& code) {
  if (at + 4 > text.size()) return false;
  const char* const begin = text.data() + at;
  const auto [end, failed] = std::from_chars(begin, begin + 4, code, 16);
  return failed == std::errc() && end == begin + 4;
}

void append_hex(std::string& out, char letter) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "00";
  out += kDigits[static_cast<unsigned char>(letter) >> 4];
  out += kDigits[static_cast<unsigned char>(letter) & 15];
}

// Digits that are none stay none. Gives how many there were.
std::size_t append_no_hex(std::string& out, std::string_view digits) {
  std::size_t count = 0;
  for (const char c : digits) {
    if (c == '\\' || static_cast<unsigned char>(c) < 0x20 ||
        static_cast<unsigned char>(c) >= 0x80) {
      break;
    }
    out += 'z';
    ++count;
  }
  return count;
}

// The escape of another character that takes as many bytes of UTF-8.
std::string_view like(unsigned code) {
  if (code < 0x800) return "00d7";
  if (code >= 0xd800 && code < 0xdc00) return "d83d";
  if (code >= 0xdc00 && code < 0xe000) return "de42";
  return "2022";
}

// How many bytes the character of UTF-8 at the beginning takes; 1 where there is none.
std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return bytes <= text.size() && ws::is_utf8(text.substr(0, bytes)) ? bytes : 1;
}

constexpr std::string_view kCharacters[] = {"", "", "\xc3\x97", "\xe2\x80\xa2", "\xf0\x9f\x99\x82"};

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

}  // namespace

void append_replaced(std::string& out, std::string_view text, Letters which, Rng* letters) {
  const auto letter = [letters] {
    return letters == nullptr ? kLetter : static_cast<char>('a' + letters->next() % 26);
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    unsigned code = 0;
    if (byte == '\\' && i + 1 < text.size()) {
      out += text.substr(i, 2);
      i += 2;
      if (text[i - 1] != 'u') continue;
      if (!read_hex(text, i, code)) {
        i += append_no_hex(out, text.substr(i, 4));
        continue;
      }
      if (code >= 0x80) {
        out += like(code);
      } else if (is_alphanumeric(static_cast<unsigned char>(code))) {
        append_hex(out, letter());
      } else {
        out += text.substr(i, 4);
      }
      i += 4;
    } else if (byte < 0x80) {
      out += is_of(which, byte) ? letter() : text[i];
      ++i;
    } else {
      const std::size_t bytes = character_bytes(text.substr(i));
      out += bytes == 1 ? text.substr(i, 1) : kCharacters[bytes];
      i += bytes;
    }
  }
}

bool is_literal(std::string_view token) {
  if (token == "true" || token == "false" || token == "null") return true;
  const auto in_number = [](char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  };
  return !token.empty() && (token[0] == '-' || (token[0] >= '0' && token[0] <= '9')) &&
         std::ranges::all_of(token, in_number);
}

void append_bare(std::string& out, std::string_view token, bool inside) {
  constexpr std::string_view kTypes = "tfn-0123456789";
  if (inside && !token.empty() && kTypes.find(token[0]) != std::string_view::npos) {
    out += token[0];
    token.remove_prefix(1);
  }
  append_replaced(out, token, Letters::all, nullptr);
}

void append_unreadable(std::string& out, std::string_view bytes) {
  bool in_string = false, escaped = false, told = false;
  for (const char c : bytes) {
    if (c == '"' || c == '\\') {
      out += c;
      if (c == '"' && !escaped) in_string = !in_string;
    } else if (in_string && !told && static_cast<unsigned char>(c) < 0x20) {
      out += '\x01';
      told = true;
    } else {
      out += '\xff';
    }
    escaped = c == '\\' && !escaped;
  }
}

std::string unescaped(std::string_view text) {
  constexpr std::string_view kEscapes = "bfnrt";
  constexpr std::string_view kMeant = "\b\f\n\r\t";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[++i] == 'u' && read_hex(text, i + 1, code)) {
      append_utf8(out, code);
      i += 4;
    } else {
      const std::size_t known = kEscapes.find(text[i]);
      out += known == std::string_view::npos ? text[i] : kMeant[known];
    }
  }
  return out;
}

}  // namespace livegate::recording
