#include "proto/json_reader.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "base/limits.h"
#include "proto/json_text.h"

namespace livegate::proto::json {
namespace {

static_assert(simdjson::SIMDJSON_PADDING <= kTextPadding);

constexpr std::size_t kParserBytesMin = 16 * 1024;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::string_view trim_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// proto3 JSON's Duration: [-]seconds[.up to nine digits]s.
bool parse_duration(std::string_view text, std::chrono::milliseconds& out) {
  if (text.size() < 2 || text.back() != 's') return false;
  text.remove_suffix(1);
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  if (!is_digits(whole) || whole.size() > 12) return false;  // the type ends at 315,576,000,000 s
  std::int64_t ms = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), ms);
  ms *= 1000;
  if (dot != std::string_view::npos) {
    const std::string_view fraction = text.substr(dot + 1);
    if (!is_digits(fraction) || fraction.size() > 9) return false;
    std::int64_t weight = 100;
    for (const char digit : fraction.substr(0, 3)) {
      ms += (digit - '0') * weight;
      weight /= 10;
    }
  }
  out = std::chrono::milliseconds(negative ? 0 : ms);
  return true;
}

}  // namespace

bool same_name(std::string_view key, std::string_view camel) {
  if (key.size() <= camel.size()) return key == camel;
  std::size_t at = 0;
  for (const char c : camel) {
    if (is_upper(c)) {
      if (at + 1 >= key.size() || key[at] != '_' || key[at + 1] != c - 'A' + 'a') return false;
      at += 2;
    } else {
      if (at >= key.size() || key[at] != c) return false;
      ++at;
    }
  }
  return at == key.size();
}

void Path::put(Step step) {
  LIVEGATE_CHECK(depth_ < steps_.size());
  steps_[depth_++] = step;
}

std::string Path::text() const {
  std::string out;
  for (std::size_t i = 0; i < depth_; ++i) {
    if (steps_[i].name.empty()) {
      out += '[' + std::to_string(steps_[i].index) + ']';
      continue;
    }
    if (!out.empty()) out += '.';
    for (const char c : steps_[i].name) {
      if (is_upper(c)) out += '_';
      out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

bool Reader::open(PaddedText text, simdjson::ondemand::object& root) {
  path_.clear();
  not_json_ = false;
  error_ = WireError{};
  // A huge message is rare; its index (six times its size) is not kept for the small ones that
  // follow.
  if (parser_.capacity() > limits::kParserBytesKept && text.size() <= limits::kParserBytesKept) {
    document_ = simdjson::ondemand::document();
    parser_ = simdjson::ondemand::parser();
  }
  if (parser_.capacity() < text.size() || parser_.capacity() == 0) {
    const std::size_t room = std::max(kParserBytesMin, std::bit_ceil(text.size()));
    if (const auto code = parser_.allocate(room)) return bad_json(code);
  }
  const std::size_t padded = text.size() + kTextPadding;
  if (const auto code = parser_.iterate(text.data(), text.size(), padded).get(document_)) {
    return bad_json(code);
  }
  const auto code = document_.get_object().get(root);
  if (code == simdjson::INCORRECT_TYPE) {
    refuse("Invalid JSON payload received. Unknown name \"\": Root element must be a message.");
    not_json_ = true;
    return false;
  }
  return code == simdjson::SUCCESS || bad_json(code);
}

bool Reader::at_end() {
  const char* rest = nullptr;
  if (document_.current_location().get(rest) == simdjson::OUT_OF_BOUNDS) return true;
  return bad_json(simdjson::TRAILING_CONTENT);
}

bool Reader::boolean(Value& value, bool& out) {
  return check(value.get_bool().get(out), "TYPE_BOOL");
}

bool Reader::string(Value& value, std::string_view& out) {
  return check(value.get_string().get(out), "TYPE_STRING");
}

bool Reader::int64(Value& value, std::int64_t& out) {
  simdjson::ondemand::json_type type;
  if (const auto code = value.type().get(type)) return bad_json(code);
  if (type == simdjson::ondemand::json_type::string) {
    std::string_view text;
    if (!string(value, text)) return false;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool whole = code == std::errc() && end == text.data() + text.size();
    return whole || bad_value("TYPE_INT64");
  }
  if (type != simdjson::ondemand::json_type::number) return bad_value("TYPE_INT64");
  if (value.get_int64().get(out) == simdjson::SUCCESS) return true;
  // 31.0 and 1e3 are whole numbers too.
  double real = 0;
  if (const auto code = value.get_double().get(real)) return bad_number(value, code, "TYPE_INT64");
  if (std::trunc(real) != real || std::abs(real) >= 0x1p63) return bad_value("TYPE_INT64");
  out = static_cast<std::int64_t>(real);
  return true;
}

bool Reader::int32(Value& value, int& out) {
  std::int64_t wide = 0;
  if (!int64(value, wide)) return false;
  using Limits = std::numeric_limits<std::int32_t>;
  if (wide < Limits::min() || wide > Limits::max()) return bad_value("TYPE_INT32");
  out = static_cast<int>(wide);
  return true;
}

bool Reader::number(Value& value) {
  simdjson::ondemand::json_type type;
  if (const auto code = value.type().get(type)) return bad_json(code);
  double real = 0;
  if (type == simdjson::ondemand::json_type::number) {
    const auto code = value.get_double().get(real);
    return code == simdjson::SUCCESS || bad_number(value, code, "TYPE_FLOAT");
  }
  std::string_view text;
  if (!check(value.get_string().get(text), "TYPE_FLOAT")) return false;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), real);
  return (code == std::errc() && end == text.data() + text.size()) || bad_value("TYPE_FLOAT");
}

bool Reader::duration(Value& value, std::chrono::milliseconds& out) {
  std::string_view text;
  if (!check(value.get_string().get(text), "TYPE_DURATION")) return false;
  return parse_duration(text, out) || bad_value("TYPE_DURATION");
}

bool Reader::name(Value& value, std::span<const std::string_view> names, std::string_view& out) {
  simdjson::ondemand::json_type type;
  if (const auto code = value.type().get(type)) return bad_json(code);
  if (type != simdjson::ondemand::json_type::number) {
    return check(value.get_string().get(out), "TYPE_ENUM");
  }
  std::int64_t number = 0;
  if (!int64(value, number)) return false;
  const auto index = static_cast<std::size_t>(number);
  out = number >= 0 && index < names.size() ? names[index] : std::string_view();
  return true;
}

bool Reader::raw(Value& value, std::string_view& out) {
  simdjson::ondemand::json_type type;
  if (const auto code = value.type().get(type)) return bad_json(code);
  if (type == simdjson::ondemand::json_type::object) return raw_object(value, out);
  if (type == simdjson::ondemand::json_type::array) return raw_array(value, out);
  return checked(value.raw_json_token(), out);
}

bool Reader::raw_object(Value& value, std::string_view& out) {
  simdjson::ondemand::object object;
  if (!check(value.get_object().get(object), "TYPE_MESSAGE")) return false;
  std::string_view text;
  if (const auto code = object.raw_json().get(text)) return bad_json(code);
  return checked(text, out);
}

bool Reader::raw_array(Value& value, std::string_view& out) {
  simdjson::ondemand::array array;
  if (!check(value.get_array().get(array), "TYPE_LIST")) return false;
  std::string_view text;
  if (const auto code = array.raw_json().get(text)) return bad_json(code);
  return checked(text, out);
}

std::string_view Reader::token(Value& value) { return trim_end(value.raw_json_token()); }

bool Reader::base64(Value& value, std::string_view& out) {
  const std::string_view text = token(value);
  if (text.empty() || text.front() != '"') return bad_value("TYPE_BYTES");
  // "\/" and "\u003d" are legal spellings of base64's characters.
  if (std::memchr(text.data(), '\\', text.size()) != nullptr) return string(value, out);
  if (text.size() < 2 || text.back() != '"') return bad_json(simdjson::STRING_ERROR);
  out = text.substr(1, text.size() - 2);
  return true;
}

// simdjson skips over what is not looked at by counting brackets only.
bool Reader::checked(std::string_view text, std::string_view& out) {
  out = trim_end(text);
  switch (verdict_of(out)) {
    case Verdict::json:
      return true;
    case Verdict::too_deep:
      return refuse("The message is nested deeper than " + std::to_string(limits::kJsonDepthMax) +
                    " levels.");
    case Verdict::too_large:
      return bad_value("TYPE_DOUBLE");
    case Verdict::not_json:
      break;
  }
  return bad_json(simdjson::TAPE_ERROR);
}

// A number that no type holds is JSON all the same.
bool Reader::bad_number(Value& value, simdjson::error_code code, std::string_view type) {
  const bool is_number = verdict_of(token(value)) != Verdict::not_json;
  return code == simdjson::NUMBER_ERROR && is_number ? bad_value(type) : bad_json(code);
}

bool Reader::check(simdjson::error_code code, std::string_view type) {
  if (code == simdjson::SUCCESS) return true;
  return code == simdjson::INCORRECT_TYPE ? bad_value(type) : bad_json(code);
}

bool Reader::refuse(std::string_view reason) {
  error_ = WireError{};
  error_.reason.reserve(reason.size());
  for (const char c : reason) error_.reason += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  cut_utf8(error_.reason, limits::kCloseReasonBytesMax);
  return false;
}

bool Reader::bad_json(simdjson::error_code code) {
  not_json_ = true;
  switch (code) {
    case simdjson::EMPTY:
    case simdjson::UNCLOSED_STRING:
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return refuse("Invalid JSON payload received. Unexpected end of string.");
    case simdjson::UTF8_ERROR:
      return refuse("Invalid JSON payload received. Not valid UTF-8.");
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
      error_ = WireError{1011, "Internal error encountered."};
      return false;
    default:
      return refuse("Invalid JSON payload received. Unexpected token.");
  }
}

bool Reader::bad_value(std::string_view type) {
  std::string reason = "Invalid value";
  if (const std::string where = path_.text(); !where.empty()) reason += " at '" + where + "'";
  return refuse(reason.append(" (").append(type).append(")"));
}

bool Reader::unknown_name(std::string_view name) {
  std::string reason = "Invalid JSON payload received. Unknown name \"";
  reason.append(name).append("\"");
  if (const std::string where = path_.text(); !where.empty()) reason += " at '" + where + "'";
  return refuse(reason + ": Cannot find field.");
}

}  // namespace livegate::proto::json
