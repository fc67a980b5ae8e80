// Private to this room: one JSON object as an ordered list of members whose values stay text, so
// that what is not changed comes out as it went in, numbers included.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livegate::proto::json {

class JsonObject {
 public:
  // `text` must be a JSON object: another one is the caller's bug (LIVEGATE_CHECK). Of a member
  // that comes twice the last counts; a member that is null counts as absent.
  explicit JsonObject(std::string_view text);

  [[nodiscard]] const std::string* find(std::string_view key) const;  // the value's text
  void set(std::string_view key, std::string json);                   // in place, or at the end
  void remove(std::string_view key);
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace livegate::proto::json
