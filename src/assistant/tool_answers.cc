#include "assistant/tool_answers.h"

#include <boost/json.hpp>
#include <cctype>

namespace livegate::assistant {
namespace {

namespace json = boost::json;

constexpr std::size_t kDetailBytesMax = 200;

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, kDetailBytesMax)) {
    line += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
  }
  // Not half a letter at the cut.
  while (text.size() > kDetailBytesMax && !line.empty() &&
         (static_cast<unsigned char>(line.back()) & 0x80U) != 0) {
    line.pop_back();
  }
  return line;
}

// A scalar as words; nothing for objects, lists and null.
std::string in_words(const json::value& value) {
  if (value.is_string()) return one_line(std::string_view(value.as_string()));
  if (value.is_number()) return json::serialize(value);
  return {};
}

std::string error_text(const json::value& error) {
  if (error.is_object()) {
    if (const json::value* message = error.as_object().if_contains("message")) {
      return in_words(*message);
    }
  }
  return in_words(error);
}

std::string spoken_fields(const json::object& object) {
  std::string text;
  for (const auto& [name, value] : object) {
    const std::string words = in_words(value);
    if (words.empty() || name == "status") continue;
    std::string label(name);
    for (char& c : label) c = c == '_' ? ' ' : c;
    if (label == "result" || label == "output" || label == "answer" || label == "message") {
      text += (text.empty() ? "" : ", ") + words;
    } else {
      text += (text.empty() ? "" : ", ") + label + " " + words;
    }
  }
  return one_line(text);
}

}  // namespace

ToolAnswer read_answer(std::string_view response_json) {
  json::error_code problem;
  const json::value value =
      json::parse(json::string_view(response_json.data(), response_json.size()), problem);
  if (problem) return {};
  if (!value.is_object()) return {false, in_words(value)};
  const json::object& object = value.as_object();
  if (const json::value* error = object.if_contains("error"); error && !error->is_null()) {
    if (!(error->is_bool() && !error->as_bool())) return {true, error_text(*error)};
  }
  for (const char* const name : {"ok", "success", "succeeded"}) {
    const json::value* const flag = object.if_contains(name);
    if (flag != nullptr && flag->is_bool() && !flag->as_bool()) {
      const json::value* const message = object.if_contains("message");
      return {true, message != nullptr ? in_words(*message) : ""};
    }
  }
  if (const json::value* status = object.if_contains("status"); status && status->is_string()) {
    if (status->as_string() == "error" || status->as_string() == "failed") {
      const json::value* const message = object.if_contains("message");
      return {true, message != nullptr ? in_words(*message) : ""};
    }
  }
  return {false, spoken_fields(object)};
}

}  // namespace livegate::assistant
