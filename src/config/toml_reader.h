// Reads typed values out of a TOML file and keeps the first problem: an unknown table or key (with
// the nearest known name), a value of the wrong type or out of range. Private to this room.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "policy/access.h"

namespace livegate::config {

class TomlReader {
 public:
  // `name` is what errors call the file; relative paths in it count from its folder.
  static Result<TomlReader, std::string> parse(std::string_view toml, const std::string& name);
  ~TomlReader();
  TomlReader(TomlReader&&) noexcept;

  // Each leaves `value` alone where the key is absent.
  std::optional<std::string> text(std::string_view table, std::string_view key);
  void text(std::string_view table, std::string_view key, std::string& value);
  void path(std::string_view table, std::string_view key, std::string& value);
  void json(std::string_view table, std::string_view key, std::string& value);  // an array, as text
  void texts(std::string_view table, std::string_view key, std::vector<std::string>& value);
  void integer(std::string_view table, std::string_view key, int min, int max, int& value);
  void size(std::string_view table, std::string_view key, std::size_t min, std::size_t max,
            std::size_t& value);
  void millis(std::string_view table, std::string_view key, int min, int max, Millis& value);
  void boolean(std::string_view table, std::string_view key, bool& value);
  void real(std::string_view table, std::string_view key, double min, double max, double& value);
  void choice(std::string_view table, std::string_view key,
              std::initializer_list<std::string_view> allowed, std::string& value);
  // { user = "token", ... }
  void tokens(std::string_view table, std::string_view key, std::vector<policy::UserToken>& value);

  // [table."NAME"] tables of key = value: each value as text, strings without their quotes.
  struct Named {
    std::string name, key, value;
  };
  std::vector<Named> named_tables(std::string_view table);

  // Records a problem with a key's value, unless there is one already.
  void refuse(std::string_view table, std::string_view key, const std::string& sentence);

  // The first problem, keys that nobody asked for included; call when everything has been read.
  std::optional<std::string> problem();

 private:
  struct State;
  explicit TomlReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace livegate::config
