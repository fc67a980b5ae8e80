// One entry of a recording behind the first, read back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/instant.h"
#include "recording/bytes.h"
#include "session/event.h"

namespace livegate::recording {

// Between two events, and from the first one to the last, there is no more time than this.
inline constexpr std::chrono::nanoseconds kLongest = std::chrono::days(366);

// The kind of an entry is the index of its event, or this.
inline constexpr std::uint8_t kAbandoned = 0x40;

struct Record {
  std::uint8_t kind = 0;
  std::chrono::nanoseconds since_last{};
  PaddedString payload;  // what the event's views point into
  session::Event event = session::Tick{};
  std::string heard;  // by the ear and the watch, in order
  std::uint64_t actions = 0;
  std::uint64_t hash = 0;
  bool threw = false;
};

// Of all the bytes of an entry. False: it is none.
[[nodiscard]] bool read_record(std::string_view entry, Record& record);

}  // namespace livegate::recording
