#include "cli/talk_json.h"

#include <boost/json.hpp>
#include <charconv>
#include <string_view>

namespace livegate::cli {
namespace {

namespace json = boost::json;

void append(std::string& out, double number) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void append(std::string& out, const json::value& value) {
  std::string_view separator;
  switch (value.kind()) {
    case json::kind::double_:
      return append(out, value.get_double());
    case json::kind::array:
      out += '[';
      for (const json::value& item : value.get_array()) {
        out += separator;
        append(out, item);
        separator = ",";
      }
      out += ']';
      return;
    case json::kind::object:
      out += '{';
      for (const auto& [name, member] : value.get_object()) {
        out += separator;
        out += json::serialize(name);
        out += ':';
        append(out, member);
        separator = ",";
      }
      out += '}';
      return;
    default:
      out += json::serialize(value);
  }
}

}  // namespace

std::string plain_json(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace livegate::cli
