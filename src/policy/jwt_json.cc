#include "policy/jwt_json.h"

#include <algorithm>
#include <vector>

#include "base/identity_limits.h"

namespace livegate::policy {
namespace {

// As deep as the parser lets anything be.
bool has_twins(const simdjson::dom::element& element) {
  if (simdjson::dom::array list; element.get(list) == simdjson::SUCCESS) {
    return std::any_of(list.begin(), list.end(), has_twins);
  }
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return false;
  std::vector<std::string_view> names;
  for (const auto field : object) {
    if (has_twins(field.value)) return true;
    names.push_back(field.key);
  }
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

}  // namespace

std::optional<simdjson::dom::object> JwtJson::object(std::string_view text) {
  const std::size_t capacity = std::max<std::size_t>(text.size(), 1024);
  if (parser_.capacity() < capacity &&
      parser_.allocate(capacity, limits::kJwtDepthMax) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  simdjson::dom::element root;
  if (parser_.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS || has_twins(root)) return std::nullopt;
  return object;
}

std::string_view text_of(const simdjson::dom::object& object, std::string_view name) {
  std::string_view text;
  return object.at_key(name).get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool has(const simdjson::dom::object& object, std::string_view name) {
  return object.at_key(name).error() == simdjson::SUCCESS;
}

}  // namespace livegate::policy
