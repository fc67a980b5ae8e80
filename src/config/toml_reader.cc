#include "config/toml_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

#include <toml++/toml.h>

namespace livegate::config {
namespace {

// Levenshtein's distance: how many letters a typing error changed.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view unknown, const std::set<std::string>& known) {
  const auto best = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return distance(unknown, a) < distance(unknown, b);
  });
  if (best != known.end() && distance(unknown, *best) <= 3)
    return " (did you mean '" + *best + "'?)";
  std::string all;
  for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
  return "; known are: " + all;
}

std::string type_name(const toml::node& node) {
  std::ostringstream out;
  out << node.type();
  return out.str();
}

}  // namespace

struct TomlReader::State {
  std::string name;
  toml::table root;
  std::map<std::string, std::set<std::string>> known;  // table -> keys that were asked for
  std::optional<std::string> problem;

  // "auth" or "auth.jwt"; null: not there, or no table.
  const toml::table* section(std::string_view path) const {
    const toml::table* at = &root;
    while (at != nullptr && !path.empty()) {
      const std::string_view step = path.substr(0, path.find('.'));
      path.remove_prefix(std::min(step.size() + 1, path.size()));
      at = (*at)[step].as_table();
    }
    return at;
  }
  // A section of a section is one of its keys.
  void know_sections() {
    std::set<std::string> paths;
    for (const auto& [table, keys] : known) paths.insert(table);
    for (const std::string& path : paths) {
      const std::size_t dot = path.rfind('.');
      if (dot != std::string::npos) known[path.substr(0, dot)].insert(path.substr(dot + 1));
    }
  }
  void look_for_strangers(const std::string& path, const toml::table& table) {
    const auto& keys = known[path];
    for (const auto& [key, value] : table) {
      const std::string key_name(key.str());
      const std::string full = path + "." + key_name;
      if (!keys.contains(key_name)) {
        complain("unknown key '" + full + "'" + nearest(key_name, keys) + ".");
      } else if (known.contains(full)) {
        const toml::table* const inner = value.as_table();
        if (inner == nullptr) return complain("'" + full + "' must be a table: [" + full + "].");
        look_for_strangers(full, *inner);
      }
    }
  }

  const toml::node* find(std::string_view table, std::string_view key) {
    known[std::string(table)].emplace(key);
    const toml::table* const found = section(table);
    return found == nullptr ? nullptr : found->get(key);
  }
  void complain(std::string sentence) {
    if (!problem) problem = name + ": " + std::move(sentence);
  }
  void wrong_type(std::string_view table, std::string_view key, std::string_view wanted,
                  const toml::node& node) {
    complain(std::string(table) + "." + std::string(key) + " must be " + std::string(wanted) +
             ", not " + type_name(node) + ".");
  }
  template <class Number>
  std::optional<Number> in_range(std::string_view table, std::string_view key, Number min,
                                 Number max, std::string_view wanted) {
    const toml::node* node = find(table, key);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value<Number>();
    if (!value || node->is_boolean() || node->is_string()) {
      wrong_type(table, key, wanted, *node);
      return std::nullopt;
    }
    if (*value < min || *value > max) {
      std::ostringstream out;
      out << table << '.' << key << " is " << *value << "; it must be from " << min << " to " << max
          << '.';
      complain(out.str());
      return std::nullopt;
    }
    return value;
  }
};

TomlReader::TomlReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TomlReader::~TomlReader() = default;
TomlReader::TomlReader(TomlReader&&) noexcept = default;

Result<TomlReader, std::string> TomlReader::parse(std::string_view toml, const std::string& name) {
  auto state = std::make_unique<State>();
  state->name = name;
  try {
    state->root = toml::parse(toml, name);
  } catch (const toml::parse_error& error) {
    std::ostringstream out;
    out << name << ", line " << error.source().begin.line << ": " << error.description() << '.';
    return Unexpected{out.str()};
  }
  return TomlReader(std::move(state));
}

std::optional<std::string> TomlReader::text(std::string_view table, std::string_view key) {
  const toml::node* node = state_->find(table, key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_string()) return value->get();
  state_->wrong_type(table, key, "a string", *node);
  return std::nullopt;
}

void TomlReader::text(std::string_view table, std::string_view key, std::string& value) {
  if (auto read = text(table, key)) value = *read;
}

void TomlReader::path(std::string_view table, std::string_view key, std::string& value) {
  const auto read = text(table, key);
  if (!read || read->empty()) return;
  value = (std::filesystem::path(state_->name).parent_path() / *read).string();
}

void TomlReader::json(std::string_view table, std::string_view key, std::string& value) {
  const auto read = text(table, key);
  if (!read || read->empty()) return;
  const auto begin = read->find_first_not_of(" \t\r\n");
  const auto end = read->find_last_not_of(" \t\r\n");
  if (begin == std::string::npos || (*read)[begin] != '[' || (*read)[end] != ']') {
    return refuse(table, key, "it must be a JSON array of tools.");
  }
  value = *read;
}

void TomlReader::texts(std::string_view table, std::string_view key,
                       std::vector<std::string>& value) {
  const toml::node* node = state_->find(table, key);
  if (node == nullptr) return;
  const toml::array* list = node->as_array();
  if (list == nullptr) return state_->wrong_type(table, key, "an array of strings", *node);
  value.clear();
  for (const toml::node& item : *list) {
    if (const auto* one = item.as_string()) {
      value.push_back(one->get());
    } else {
      return state_->wrong_type(table, key, "an array of strings", item);
    }
  }
}

void TomlReader::integer(std::string_view table, std::string_view key, int min, int max,
                         int& value) {
  if (const auto read = state_->in_range<std::int64_t>(table, key, min, max, "an integer")) {
    value = static_cast<int>(*read);
  }
}

void TomlReader::size(std::string_view table, std::string_view key, std::size_t min,
                      std::size_t max, std::size_t& value) {
  if (const auto read =
          state_->in_range<std::int64_t>(table, key, static_cast<std::int64_t>(min),
                                         static_cast<std::int64_t>(max), "an integer")) {
    value = static_cast<std::size_t>(*read);
  }
}

void TomlReader::millis(std::string_view table, std::string_view key, int min, int max,
                        Millis& value) {
  int read = static_cast<int>(value.count());
  integer(table, key, min, max, read);
  value = Millis(read);
}

void TomlReader::boolean(std::string_view table, std::string_view key, bool& value) {
  const toml::node* node = state_->find(table, key);
  if (node == nullptr) return;
  if (const auto* read = node->as_boolean()) {
    value = read->get();
  } else {
    state_->wrong_type(table, key, "true or false", *node);
  }
}

void TomlReader::real(std::string_view table, std::string_view key, double min, double max,
                      double& value) {
  if (const auto read = state_->in_range<double>(table, key, min, max, "a number")) value = *read;
}

void TomlReader::choice(std::string_view table, std::string_view key,
                        std::initializer_list<std::string_view> allowed, std::string& value) {
  const auto read = text(table, key);
  if (!read) return;
  if (std::find(allowed.begin(), allowed.end(), *read) != allowed.end()) {
    value = *read;
    return;
  }
  std::string all;
  for (const std::string_view one : allowed) all.append(all.empty() ? "" : ", ").append(one);
  refuse(table, key, "'" + *read + "' is not one of: " + all + ".");
}

void TomlReader::tokens(std::string_view table, std::string_view key,
                        std::vector<policy::UserToken>& value) {
  const toml::node* node = state_->find(table, key);
  if (node == nullptr) return;
  const toml::table* users = node->as_table();
  if (users == nullptr) return state_->wrong_type(table, key, "a table of user = \"token\"", *node);
  for (const auto& [user, token] : *users) {
    const auto* text_value = token.as_string();
    const std::string full = std::string(key) + "." + std::string(user.str());
    if (text_value == nullptr) return state_->wrong_type(table, full, "a string", token);
    if (text_value->get().size() < 8)
      return refuse(table, full, "a token has at least 8 characters.");
    for (const policy::UserToken& other : value) {
      if (other.token.reveal() != text_value->get()) continue;
      return refuse(table, full, "it is also the token of " + other.user + ".");
    }
    value.push_back({std::string(user.str()), Redacted(text_value->get())});
  }
}

std::vector<TomlReader::Named> TomlReader::named_tables(std::string_view table) {
  std::vector<Named> all;
  auto& keys = state_->known[std::string(table)];
  const toml::table* tables = state_->root[table].as_table();
  if (tables == nullptr) return all;
  for (const auto& [name, node] : *tables) {
    keys.emplace(name.str());
    const toml::table* section = node.as_table();
    if (section == nullptr) {
      state_->wrong_type(table, name.str(), "a table, [" + std::string(table) + ".\"NAME\"]", node);
      continue;
    }
    for (const auto& [key, value] : *section) {
      std::ostringstream text;
      if (const auto* words = value.as_string()) {
        text << words->get();
      } else if (value.is_boolean()) {
        text << (value.as_boolean()->get() ? "true" : "false");
      } else if (const auto* real = value.as_floating_point()) {
        std::array<char, 32>
            digits{};  // the shortest that reads back: 0.7, not 0.69999999999999996
        const auto [end, code] =
            std::to_chars(digits.data(), digits.data() + digits.size(), real->get());
        text << std::string_view(digits.data(), end);
      } else {
        value.visit([&](const auto& other) { text << other; });
      }
      all.push_back({std::string(name.str()), std::string(key.str()), text.str()});
    }
  }
  return all;
}

void TomlReader::refuse(std::string_view table, std::string_view key, const std::string& sentence) {
  state_->complain(std::string(table) + "." + std::string(key) + ": " + sentence);
}

std::optional<std::string> TomlReader::problem() {
  state_->know_sections();
  std::set<std::string> tables;
  for (const auto& [table, keys] : state_->known) {
    if (table.find('.') == std::string::npos) tables.insert(table);
  }
  for (const auto& [table, node] : state_->root) {
    const std::string table_name(table.str());
    if (!tables.contains(table_name)) {
      state_->complain("unknown table or key '" + table_name + "'" + nearest(table_name, tables) +
                       ".");
    } else if (const toml::table* section = node.as_table(); section == nullptr) {
      state_->complain("'" + table_name + "' must be a table: [" + table_name + "].");
    } else {
      state_->look_for_strangers(table_name, *section);
    }
  }
  return state_->problem;
}

}  // namespace livegate::config
