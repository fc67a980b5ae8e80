#include "proto/json_object.h"

#include <algorithm>

#include "base/check.h"
#include "proto/json_reader.h"
#include "proto/json_text.h"

namespace livegate::proto::json {

JsonObject::JsonObject(std::string_view text) {
  const PaddedString padded(text);
  Reader reader;
  const bool read = reader.root(padded.text(), [&](std::string_view key, Value& value) {
    std::string_view json;
    if (!reader.raw(value, json)) return false;
    set(key, std::string(json));
    return true;
  });
  LIVEGATE_CHECK(read);
}

const std::string* JsonObject::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(members_, [&](const auto& member) { return member.first == key; });
  return found == members_.end() ? nullptr : &found->second;
}

void JsonObject::set(std::string_view key, std::string json) {
  const auto found =
      std::ranges::find_if(members_, [&](const auto& member) { return member.first == key; });
  if (found == members_.end()) {
    members_.emplace_back(key, std::move(json));
  } else {
    found->second = std::move(json);
  }
}

void JsonObject::remove(std::string_view key) {
  std::erase_if(members_, [&](const auto& member) { return member.first == key; });
}

std::string JsonObject::text() const {
  std::string out;
  Writer to(out, Layout::compact);
  to.open('{');
  for (const auto& [key, json] : members_) to.key(key).raw(json);
  to.close('}');
  return out;
}

}  // namespace livegate::proto::json
