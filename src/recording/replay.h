// Holds a recorded session again, and compares.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace livegate::recording {

struct Replayed {
  bool readable = false;  // it is a recording at all
  std::uint64_t events = 0;
  bool whole = false;  // the log was read to its end; else it is damaged, cut off, or differs
  // Where the entry begins that is not as it was written: nothing was held from there on.
  std::optional<std::size_t> damaged_at;
  bool speech = false;
  std::chrono::nanoseconds length{};
  // The first event after which the session did not want what it had wanted: its number from 1, its
  // time, and both sides in words. 0: there is none.
  std::uint64_t differs_at = 0;
  std::chrono::nanoseconds differs_time{};
  std::string expected, got;
};

// `log` may be anything. With `print` every event and what followed from it is written there.
[[nodiscard]] Replayed replay(std::string_view log, std::ostream* print);

}  // namespace livegate::recording
