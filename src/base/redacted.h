// A secret that does not print: keys, tokens, and whatever a person said. Streams and formatters
// show
// "[redacted]"; the one way to the value is reveal(), which is easy to search for.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace livegate {

class Redacted {
 public:
  Redacted() = default;
  explicit Redacted(std::string secret) : secret_(std::move(secret)) {}
  [[nodiscard]] const std::string& reveal() const { return secret_; }
  [[nodiscard]] bool empty() const { return secret_.empty(); }

  friend std::ostream& operator<<(std::ostream& out, const Redacted&) {
    return out << "[redacted]";
  }
  friend auto format_as(const Redacted&) { return "[redacted]"; }

 private:
  std::string secret_;
};

}  // namespace livegate
