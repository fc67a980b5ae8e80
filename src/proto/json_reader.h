// Private to this room: walking JSON text with simdjson's on-demand parser, without exceptions.
//
// Decides how text becomes typed values and how a refusal is worded; the codecs decide which
// members exist. The parser is lazy, so whatever is handed on as raw text is checked here (see
// `raw`), and every reader stops at the first error: going on after one would leave the text that
// simdjson has indexed.
//
// Errors are worded as the service words its own. `true` means "go on", `false` that `error()` is
// set.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/padded_text.h"
#include "proto/gemini.h"

namespace livegate::proto::json {

using Value = simdjson::ondemand::value;

// Whether `key` is the field `camel` in either spelling that proto3 JSON accepts.
[[nodiscard]] bool same_name(std::string_view key, std::string_view camel);

// Where a reader is, as the service prints it: tool_response.function_responses[0].
class Path {
 public:
  void clear() { depth_ = 0; }
  void push(std::string_view camel) { put({camel, 0}); }
  void push(std::size_t index) { put({{}, index}); }
  void pop() { --depth_; }
  [[nodiscard]] std::string text() const;

 private:
  struct Step {
    std::string_view name;  // empty: an index
    std::size_t index = 0;
  };
  void put(Step step);

  std::array<Step, 24> steps_;  // our message types nest 12 deep
  std::size_t depth_ = 0;
};

class Reader {
 public:
  // Reads `text`, which must be one JSON object and nothing else: calls each(key, value) -> bool
  // for every member that is not null (null means absent). Keys are unescaped; they and all strings
  // read live until the next call of root.
  template <class Each>
  bool root(PaddedText text, Each&& each);

  template <class Each>
  bool object(Value& value, Each&& each);
  // each(index, value); the path holds the index meanwhile. As for the service, a lone value is a
  // list of one: its own examples write {"parts": {"text": "..."}}.
  template <class Each>
  bool array(Value& value, Each&& each);
  // As `object`, after giving the object's whole text.
  template <class Each>
  bool object_and_raw(Value& value, std::string_view& text, Each&& each);

  bool boolean(Value& value, bool& out);
  bool string(Value& value, std::string_view& out);
  bool int64(Value& value, std::int64_t& out);  // a number or a string, as proto3 JSON has it
  bool int32(Value& value, int& out);
  bool number(Value& value);                                    // checks only
  bool duration(Value& value, std::chrono::milliseconds& out);  // "9.500s"; negative ones become 0
  // An enum: its name, or its number looked up in `names` ("" for a number that is not there).
  bool name(Value& value, std::span<const std::string_view> names, std::string_view& out);
  bool raw(Value& value, std::string_view& out);  // any value as it stands, checked to be JSON
  bool raw_object(Value& value, std::string_view& out);  // the same, an object
  bool raw_array(Value& value, std::string_view& out);
  // A leaf's text as it stands; not checked: read the value too, afterwards.
  std::string_view token(Value& value);
  // A string that needs no unescaping as a view of the message; with escapes, of the parser's
  // buffer.
  bool base64(Value& value, std::string_view& out);

  // Refusals; each returns false.
  bool refuse(std::string_view reason);
  bool bad_json(simdjson::error_code code);
  bool bad_value(std::string_view type);     // "TYPE_BOOL"; the value itself is never repeated
  bool unknown_name(std::string_view name);  // at the current path

  [[nodiscard]] const WireError& error() const { return error_; }
  // The error is that the text is no JSON object, and not what a value in it is.
  [[nodiscard]] bool not_json() const { return not_json_; }
  [[nodiscard]] Path& path() { return path_; }

 private:
  bool open(PaddedText text, simdjson::ondemand::object& root);
  bool at_end();
  bool check(simdjson::error_code code, std::string_view type);
  bool checked(std::string_view text, std::string_view& out);
  bool bad_number(Value& value, simdjson::error_code code, std::string_view type);
  template <class Each>
  bool members(simdjson::ondemand::object& object, Each&& each);

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  Path path_;
  WireError error_;
  bool not_json_ = false;
};

// Names a member for the time that it is read.
class At {
 public:
  At(Reader& reader, std::string_view camel) : path_(reader.path()) { path_.push(camel); }
  At(Reader& reader, std::size_t index) : path_(reader.path()) { path_.push(index); }
  ~At() { path_.pop(); }
  At(const At&) = delete;
  At& operator=(const At&) = delete;

 private:
  Path& path_;
};

template <class Each>
bool Reader::members(simdjson::ondemand::object& object, Each&& each) {
  for (auto result : object) {
    simdjson::ondemand::field field;
    if (const auto code = std::move(result).get(field)) return bad_json(code);
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return bad_json(code);
    bool absent = false;
    if (const auto code = field.value().is_null().get(absent)) return bad_json(code);
    if (!absent && !each(key, field.value())) return false;
  }
  return true;
}

template <class Each>
bool Reader::root(PaddedText text, Each&& each) {
  simdjson::ondemand::object object;
  return open(text, object) && members(object, each) && at_end();
}

template <class Each>
bool Reader::object(Value& value, Each&& each) {
  simdjson::ondemand::object object;
  return check(value.get_object().get(object), "TYPE_MESSAGE") && members(object, each);
}

template <class Each>
bool Reader::object_and_raw(Value& value, std::string_view& text, Each&& each) {
  simdjson::ondemand::object object;
  if (!check(value.get_object().get(object), "TYPE_MESSAGE")) return false;
  std::string_view token;
  if (const auto code = object.raw_json().get(token)) return bad_json(code);
  if (!checked(token, text)) return false;
  if (const auto code = object.reset().error()) return bad_json(code);
  return members(object, each);
}

template <class Each>
bool Reader::array(Value& value, Each&& each) {
  simdjson::ondemand::json_type type;
  if (const auto code = value.type().get(type)) return bad_json(code);
  if (type != simdjson::ondemand::json_type::array) return each(std::size_t{0}, value);
  simdjson::ondemand::array array;
  if (!check(value.get_array().get(array), "TYPE_LIST")) return false;
  std::size_t index = 0;
  for (auto result : array) {
    Value element;
    if (const auto code = std::move(result).get(element)) return bad_json(code);
    const At at(*this, index);
    if (!each(index++, element)) return false;
  }
  return true;
}

}  // namespace livegate::proto::json
