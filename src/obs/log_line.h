// How one event becomes one line of the log, as text or as JSON.
//
// Decides the layout and that an event is one line, whatever text of a client stands in it. Pure:
// the time is passed in. Leaves to Log what is written, and to LogWriter where to.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace livegate::obs {

enum class LogFormat : bool { text, json };

// Whom a line is about, as far as it is known. Empty parts are left out.
struct Subject {
  std::string_view session = {};  // the id that the client was given in `ready`
  std::string_view client = {};   // an address
  std::string_view user = {};
};

struct LogLine {
  std::chrono::system_clock::time_point time;
  std::string_view level;  // "info", "audit"
  Subject subject = {};
  std::string_view message;
};

// `text` without what a terminal or a reader of lines obeys: control characters, those of UTF-8's
// second block as well, are written as \x0a; what is longer than limits::kLogLineBytesMax is cut.
[[nodiscard]] std::string one_line(std::string_view text);

// With a newline at its end. `colored`: for a terminal; text alone.
//   2026-12-01T09:30:00.125Z info session ab12cd34 begins (native) client=127.0.0.1 user=alice
//   {"time":"2026-12-01T09:30:00.125Z","level":"info","session":"ab12cd34",...,"message":"..."}
// JSON is valid UTF-8 whatever a peer sends: a byte that is none is U+FFFD.
[[nodiscard]] std::string format_line(const LogLine& line, LogFormat format, bool colored);

}  // namespace livegate::obs
