// Private to this room's tests and fuzz targets: messages as one line of facts, and files of
// vectors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/gemini.h"

namespace livegate::proto::testing {

// Every fact of a message, in the receiver's order, such as `out("Done."); turn_complete`. Two
// messages are equal if their facts are.
[[nodiscard]] std::string facts(const ServerMessage& message);
[[nodiscard]] std::string facts(const ClientMessage& message);  // of its kind only
[[nodiscard]] std::string facts(const Setup& setup);            // typed settings, then the document

// A file of golden vectors: a line `< message` (`<` alone: an empty one), then a line `= facts` or
// `! error`; blank lines and lines with # between them.
struct Vector {
  std::string message;
  std::string expected;  // with its mark: "= ..." or "! ..."
};
[[nodiscard]] std::vector<Vector> read_vectors(const std::string& path);
[[nodiscard]] std::vector<std::string> read_lines(const std::string& path);

}  // namespace livegate::proto::testing
